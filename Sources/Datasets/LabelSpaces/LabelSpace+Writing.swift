package import Configuration

extension LabelSpace {
    /// The tree that `LabelSpaceReader` reads back to an equal space.
    package var tree: ConfigurationNode {
        var entries: [(String, ConfigurationNode)] = [
            ("name", .text(name)), ("classes", .items(classes.map(\.tree))),
            ("ignore", .items(ignoredIDs.sorted().map { .number($0) })),
        ]
        if !ignoredColors.isEmpty { entries.append(("ignoreColors", .items(ignoredColors.map { .color($0) }))) }
        entries.append(("unknown", .plain(unknownValues.rawValue)))
        entries.append(("coding", .plain(coding.rawValue)))
        if !sources.isEmpty { entries.append(("from", tree(of: sources))) }
        if !destinations.isEmpty { entries.append(("to", tree(of: destinations))) }
        if let featureClasses { entries.append(("featureClasses", names(featureClasses))) }
        if !means.isEmpty { entries.append(("means", .entries(means.map { ($0.name, names($0.trainIDs)) }))) }
        return .entries(entries)
    }

    private func names(_ trainIDs: [Int]) -> ConfigurationNode { .items(trainIDs.map { .text(classes[$0].name) }) }

    private func tree(of maps: [Map]) -> ConfigurationNode {
        .entries(
            maps.map { map in
                switch map.pairs {
                case .byName: (map.space, .plain(LabelSpaceReader.byName))
                case .listed(let pairs):
                    (
                        map.space,
                        .entries(
                            pairs.map { pair in (classes[pair.trainID].name, .items(pair.others.map { .text($0) })) })
                    )
                }
            })
    }
}

extension SegmentationClass {
    fileprivate var tree: ConfigurationNode {
        var entries: [(String, ConfigurationNode)] = [
            ("name", .text(name)), ("color", .color(color)), ("ids", .items(ids.map { .number($0) })),
        ]
        if fileColors != [color] { entries.append(("colors", .items(fileColors.map { .color($0) }))) }
        if isThing { entries.append(("thing", .plain("true"))) }
        return .entries(entries)
    }
}

extension ConfigurationNode {
    fileprivate static func plain(_ text: String) -> ConfigurationNode {
        ConfigurationNode(.scalar(text, isPlain: true))
    }
    fileprivate static func text(_ text: String) -> ConfigurationNode {
        ConfigurationNode(.scalar(text, isPlain: false))
    }
    fileprivate static func number(_ number: Int) -> ConfigurationNode { plain("\(number)") }
    fileprivate static func items(_ nodes: [ConfigurationNode]) -> ConfigurationNode { ConfigurationNode(.list(nodes)) }

    fileprivate static func color(_ color: SIMD3<UInt8>) -> ConfigurationNode {
        items([color.x, color.y, color.z].map { number(Int($0)) })
    }

    fileprivate static func entries(_ entries: [(String, ConfigurationNode)]) -> ConfigurationNode {
        ConfigurationNode(.map(entries.map { Entry(key: $0.0, node: $0.1) }))
    }
}
