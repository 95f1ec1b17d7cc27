package import Configuration

/// Reads a label space from its YAML tree.
///
///     name: street5
///     classes:
///       - {name: road, color: [128, 64, 128], ids: [1, 2]}
///       - {name: car, color: [0, 0, 142], ids: 3, thing: true}
///     ignore: [0, 255]
///     from: {cityscapes19: {road: [road, sidewalk], car: [car, truck, bus]}}
package struct LabelSpaceReader {
    private let node: ConfigurationNode
    /// Key path of the tree, empty for a file of its own.
    private let path: String

    static let keys = [
        "name", "classes", "ignore", "ignoreColors", "unknown", "coding", "from", "to", "featureClasses", "means",
    ]
    static let classKeys = ["name", "color", "colors", "ids", "thing"]
    static let byName = "by-name"
    private static let largestID = 65535
    /// What is wrong so far: reading goes on, so that all of it is told at once.
    private let faults = ConfigurationFaults()

    package init(_ node: ConfigurationNode, path: String = "") {
        self.node = node
        self.path = path
    }

    /// The label space.
    ///
    /// - Throws: for unknown keys, wrong types, ids and colours that two classes have, classes without an id, and more
    ///   than 254 classes: all of a kind at once.
    package func read() throws(ConfigurationError) -> LabelSpace {
        guard let entries = node.entries else {
            throw error(node, "", "expected a label space: a map with name and classes, got \(node.summary)")
        }
        guard !entries.isEmpty else {
            throw error(
                node, "", "says nothing; a label space needs a name and a list of classes, such as "
                    + "`classes: [{name: road}, {name: car, thing: true}]`")
        }
        collectUnknownKeys(entries, Self.keys, "")
        var space = LabelSpace(name: "", classes: [])
        let given = space
        faults.collect { () throws(ConfigurationError) in
            space = LabelSpace(name: given.name, classes: try classes())
        }
        faults.collect { () throws(ConfigurationError) in
            space = LabelSpace(name: try name(node, ""), classes: space.classes)
        }
        if let ignore = node["ignore"] {
            faults.collect { () throws(ConfigurationError) in space.ignoredIDs = Set(try ids(ignore, "ignore")) }
        } else if space.classes.contains(where: { $0.ids.contains(Int(LabelSpace.ignoreLabel)) }) {
            space.ignoredIDs = []
        }
        if let colors = node["ignoreColors"] {
            faults.collect { () throws(ConfigurationError) in
                space.ignoredColors = try self.colors(colors, "ignoreColors")
            }
        }
        faults.collect { () throws(ConfigurationError) in
            space.unknownValues = try choice("unknown", space.unknownValues)
        }
        faults.collect { () throws(ConfigurationError) in space.coding = try choice("coding", space.coding) }
        try faults.throwIfAny()
        try refuseDoubles(space)
        space.sources = try maps("from", of: space)
        space.destinations = try maps("to", of: space)
        if let list = node["featureClasses"] {
            space.featureClasses = try trainIDs(list, "featureClasses", of: space)
        }
        for entry in try means() {
            let ids = try trainIDs(entry.node, "means.\(entry.key)", of: space)
            guard !ids.isEmpty, Set(ids).count == ids.count else {
                throw error(entry.node, "means.\(entry.key)", "expected at least one class, each once")
            }
            space.means.append(LabelSpace.FurtherMean(name: entry.key, trainIDs: ids))
        }
        return space
    }
}

// MARK: - Classes

extension LabelSpaceReader {
    private func means() throws(ConfigurationError) -> [ConfigurationNode.Entry] {
        guard let node = node["means"], !node.isNull else { return [] }
        guard let entries = node.entries else {
            throw error(node, "means", "expected a map of names to lists of classes, got \(node.summary)")
        }
        return entries
    }

    private func classes() throws(ConfigurationError) -> [SegmentationClass] {
        guard let node = node["classes"], case .list(let elements) = node.value, !elements.isEmpty else {
            throw error(
                self.node["classes"] ?? self.node, "classes", "expected a list of classes, such as `- {name: road}`")
        }
        guard elements.count <= LabelSpace.largestClassCount else {
            throw error(
                elements[LabelSpace.largestClassCount], "classes",
                "\(elements.count) classes are more than the \(LabelSpace.largestClassCount) that fit a byte beside "
                    + "the mark for ignored pixels; merge some")
        }
        let numbered = elements.count { $0["ids"] != nil }
        var palette = SparePalette(givenColors(elements))
        var classes: [SegmentationClass] = []
        for (index, element) in elements.enumerated() {
            faults.collect { () throws(ConfigurationError) in
                classes.append(
                    try entry(index, element, before: classes, hasNumbers: numbered > 0, &palette))
            }
        }
        return classes
    }

    /// - Parameters:
    ///   - classes: those before it.
    ///   - hasNumbers: whether any class says its ids.
    private func entry(
        _ index: Int, _ element: ConfigurationNode, before classes: [SegmentationClass], hasNumbers: Bool,
        _ palette: inout SparePalette
    ) throws(ConfigurationError) -> SegmentationClass {
        let key = "classes[\(index)]"
        guard let entries = element.entries else {
            throw error(element, key, "expected a map such as {name: road}, got \(element.summary)")
        }
        collectUnknownKeys(entries, Self.classKeys, key)
        let name = try name(element, key)
        if let first = classes.firstIndex(where: { $0.name == name }) {
            throw error(element, key, "'\(name)' is the name of class \(first) already; name it otherwise")
        }
        guard !hasNumbers || element["ids"] != nil else {
            throw error(
                element, key, "the class '\(name)' has no id while others have; give it `ids: <number in label "
                    + "files>`, or give none to any class: files then number them by their places from 0")
        }
        let color = try element["color"].map { node throws(ConfigurationError) in
            try self.color(node, "\(key).color")
        } ?? palette.next()
        return SegmentationClass(
            name, color: color, isThing: try flag(element, "thing", key),
            ids: try element["ids"].map { node throws(ConfigurationError) in try ids(node, "\(key).ids") } ?? [index],
            fileColors: try element["colors"].map { node throws(ConfigurationError) in
                try colors(node, "\(key).colors")
            })
    }

    /// Colours that classes say; what is none is told where its class is read.
    private func givenColors(_ elements: [ConfigurationNode]) -> [SIMD3<UInt8>] {
        elements.compactMap { element in element["color"].flatMap { try? color($0, "") } }
    }

    /// Ids and colours that mean two things.
    private func refuseDoubles(_ space: LabelSpace) throws(ConfigurationError) {
        var owners: [Int: String] = [:]
        var painters: [SIMD3<UInt8>: String] = [:]
        var shown: [SIMD3<UInt8>: String] = [:]
        for (index, entry) in space.classes.enumerated() {
            let place = element(index)
            for id in entry.ids {
                guard let other = owners.updateValue(entry.name, forKey: id) else { continue }
                throw error(
                    place["ids"] ?? place, "classes[\(index)].ids",
                    other == entry.name
                        ? "the id \(id) stands twice in '\(entry.name)'; remove one"
                        : "the id \(id) of '\(entry.name)' is that of '\(other)' as well; each id may mean one class")
            }
            for color in entry.fileColors {
                guard let other = painters.updateValue(entry.name, forKey: color) else { continue }
                throw error(
                    place["colors"] ?? place["color"] ?? place, "classes[\(index)].color",
                    "the colour \(Self.text(color)) of '\(entry.name)' is that of '\(other)' as well; give each class "
                        + "colours of its own")
            }
            if let other = shown.updateValue(entry.name, forKey: entry.color) {
                throw error(
                    place["color"] ?? place, "classes[\(index)].color",
                    "the colour \(Self.text(entry.color)) of '\(entry.name)' is that of '\(other)' as well; pictures "
                        + "could not tell them apart")
            }
        }
        if let id = space.ignoredIDs.sorted().first(where: { owners[$0] != nil }) {
            throw error(
                node["ignore"] ?? node, "ignore",
                "the id \(id) is that of '\(owners[id] ?? "")'; remove it here or there")
        }
        if let color = space.ignoredColors.first(where: { painters[$0] != nil }) {
            throw error(
                node["ignoreColors"] ?? node, "ignoreColors",
                "the colour \(Self.text(color)) is that of '\(painters[color] ?? "")'; remove it here or there")
        }
    }

    private func element(_ index: Int) -> ConfigurationNode {
        guard case .list(let elements)? = node["classes"]?.value, elements.indices.contains(index) else { return node }
        return elements[index]
    }

    static func text(_ color: SIMD3<UInt8>) -> String { "[\(color.x), \(color.y), \(color.z)]" }
}

// MARK: - Maps and lists of classes

extension LabelSpaceReader {
    private func maps(_ key: String, of space: LabelSpace) throws(ConfigurationError) -> [LabelSpace.Map] {
        guard let node = node[key], !node.isNull else { return [] }
        guard let entries = node.entries else {
            throw error(
                node, key, "expected maps by the names of other label spaces, such as "
                    + "`\(key): {cityscapes19: {\(space.classNames[0]): [road]}}`, got \(node.summary)")
        }
        var maps: [LabelSpace.Map] = []
        for entry in entries {
            let path = "\(key).\(entry.key)"
            guard entry.key != space.name else {
                throw error(entry.node, path, "a label space needs no map to itself; remove it")
            }
            maps.append(
                LabelSpace.Map(
                    space: entry.key,
                    pairs: try pairs(entry.node, path, of: space, allowsSeveral: key == "from")))
        }
        return maps
    }

    private func pairs(
        _ node: ConfigurationNode, _ path: String, of space: LabelSpace, allowsSeveral: Bool
    ) throws(ConfigurationError) -> LabelSpace.Map.Pairs {
        if case .scalar(Self.byName, _) = node.value { return .byName }
        guard let entries = node.entries else {
            throw error(node, path, "expected \(Self.byName) or a map of classes, got \(node.summary)")
        }
        var pairs: [(trainID: Int, others: [String])] = []
        var taken: [String: String] = [:]
        for entry in entries {
            let place = "\(path).\(entry.key)"
            let trainID = try trainID(entry.key, entry.node, place, of: space)
            let others = try texts(entry.node, place)
            guard allowsSeveral || others.count == 1 else {
                throw error(entry.node, place, "a class can only become one other; give one name")
            }
            for other in others where allowsSeveral {
                guard let first = taken.updateValue(entry.key, forKey: other) else { continue }
                throw error(
                    entry.node, place, "'\(other)' becomes '\(first)' already; a class can only become one other")
            }
            pairs.append((trainID, others))
        }
        return .listed(pairs)
    }

    private func trainIDs(
        _ node: ConfigurationNode, _ path: String, of space: LabelSpace
    ) throws(ConfigurationError) -> [Int] {
        var ids: [Int] = []
        for name in try texts(node, path) { ids.append(try trainID(name, node, path, of: space)) }
        return ids
    }

    private func trainID(
        _ name: String, _ node: ConfigurationNode, _ path: String, of space: LabelSpace
    ) throws(ConfigurationError) -> Int {
        if let trainID = space.trainID(of: name) { return trainID }
        throw error(node, path, "\(Self.unknownClass(name, of: space.name, among: space.classNames))")
    }

    static func unknownClass(_ name: String, of space: String, among names: [String]) -> String {
        let nearest = NearestName.find(name, among: names).map { "did you mean '\($0)'?" }
        return "\(space) has no class '\(name)'; " + (nearest ?? "its classes are \(names.joined(separator: ", "))")
    }
}

// MARK: - Values

extension LabelSpaceReader {
    private func error(_ node: ConfigurationNode, _ key: String, _ message: String) -> ConfigurationError {
        let keyPath = [path, key].filter { !$0.isEmpty }.joined(separator: ".")
        return ConfigurationError(.wrongType, keyPath: keyPath, origin: node.origin, message)
    }

    private func collectUnknownKeys(_ entries: [ConfigurationNode.Entry], _ known: [String], _ key: String) {
        var seen: Set<String> = []
        for entry in entries {
            let place = key.isEmpty ? entry.key : "\(key).\(entry.key)"
            if !known.contains(entry.key) {
                let nearest = NearestName.find(entry.key, among: known).map { "did you mean '\($0)'?" }
                faults.add(
                    error(
                        entry.node, place,
                        "unknown key; " + (nearest ?? "valid keys here: \(known.joined(separator: ", "))")))
            } else if !seen.insert(entry.key).inserted {
                faults.add(error(entry.node, place, "is given twice; keep one"))
            }
        }
    }

    private func name(_ node: ConfigurationNode, _ key: String) throws(ConfigurationError) -> String {
        let path = key.isEmpty ? "name" : "\(key).name"
        guard let value = node["name"], case .scalar(let text, _) = value.value, !value.isNull, !text.isEmpty else {
            throw error(
                node["name"] ?? node, path,
                "must be given: \(key.isEmpty ? "a short name, such as street5" : "the name of the class")")
        }
        guard Int(text) == nil else {
            throw error(value, path, "'\(text)' would be read as a train id; use a name such as class-\(text)")
        }
        guard !text.contains(where: \.isNewline) else {
            throw error(value, path, "has a line break; use a name of one line")
        }
        guard !key.isEmpty || !text.contains("/") else {
            throw error(value, path, "'\(text)' has a slash, as paths have; use another name")
        }
        return text
    }

    private func flag(_ node: ConfigurationNode, _ key: String, _ path: String) throws(ConfigurationError) -> Bool {
        guard let value = node[key] else { return false }
        guard case .scalar(let text, true) = value.value, let flag = Bool(text) else {
            throw error(value, "\(path).\(key)", "expected true or false, got \(value.summary)")
        }
        return flag
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ value: Choice
    ) throws(ConfigurationError) -> Choice {
        guard let node = node[key] else { return value }
        guard case .scalar(let text, _) = node.value, let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(node, key, "expected one of \(names), got \(node.summary)")
        }
        return choice
    }

    /// A number or a list of numbers.
    private func ids(_ node: ConfigurationNode, _ path: String) throws(ConfigurationError) -> [Int] {
        var ids: [Int] = []
        for element in elements(node) {
            guard case .scalar(let text, true) = element.value, let id = Int(text), (0...Self.largestID).contains(id)
            else {
                throw error(element, path, "expected ids from 0 to \(Self.largestID), got \(element.summary)")
            }
            ids.append(id)
        }
        guard !ids.isEmpty || path == "ignore" else { throw error(node, path, "needs at least one id") }
        return ids
    }

    private func texts(_ node: ConfigurationNode, _ path: String) throws(ConfigurationError) -> [String] {
        var texts: [String] = []
        for element in elements(node) {
            guard case .scalar(let text, _) = element.value, !element.isNull else {
                throw error(element, path, "expected names of classes, got \(element.summary)")
            }
            texts.append(text)
        }
        return texts
    }

    private func colors(_ node: ConfigurationNode, _ path: String) throws(ConfigurationError) -> [SIMD3<UInt8>] {
        guard case .list(let elements) = node.value else {
            throw error(node, path, "expected a list of colours such as [[128, 64, 128]], got \(node.summary)")
        }
        var colors: [SIMD3<UInt8>] = []
        for element in elements { colors.append(try color(element, path)) }
        return colors
    }

    private func color(_ node: ConfigurationNode, _ path: String) throws(ConfigurationError) -> SIMD3<UInt8> {
        guard case .list(let elements) = node.value, elements.count == 3 else {
            throw error(node, path, "expected red, green, blue such as [128, 64, 128], got \(node.summary)")
        }
        var color = SIMD3<UInt8>()
        for (channel, element) in elements.enumerated() {
            guard case .scalar(let text, _) = element.value, let value = UInt8(text) else {
                throw error(element, path, "a colour has three numbers from 0 to 255, got \(element.summary)")
            }
            color[channel] = value
        }
        return color
    }

    private func elements(_ node: ConfigurationNode) -> [ConfigurationNode] {
        if case .list(let elements) = node.value { elements } else { [node] }
    }
}
