import Configuration

/// A place in a tree: keys of maps, and places in lists.
struct SettingPlace {
    enum Step: Equatable {
        case key(String)
        case index(Int)
    }

    var steps: [Step] = []

    /// As errors name it: `data.source.also[0].root`.
    var keyPath: String {
        steps.reduce("") { path, step in
            switch step {
            case .key(let key): path.isEmpty ? key : "\(path).\(key)"
            case .index(let index): "\(path)[\(index)]"
            }
        }
    }

    /// The same for all elements of a list, and all classes of a map of them.
    var shape: String {
        steps.map { step in
            switch step {
            case .key(let key): key
            case .index: "[]"
            }
        }.joined(separator: ".")
    }

    /// All places of a tree, maps and lists among them, without those that differ only by their number in a list.
    static func all(of node: ConfigurationNode, below place: SettingPlace = SettingPlace()) -> [SettingPlace] {
        var places = place.steps.isEmpty ? [] : [place]
        switch node.value {
        case .scalar: break
        case .list(let elements):
            if let first = elements.first { places += all(of: first, below: place.adding(.index(0))) }
        case .map(let entries):
            for entry in entries { places += all(of: entry.node, below: place.adding(.key(entry.key))) }
        }
        return places
    }

    private func adding(_ step: Step) -> SettingPlace { SettingPlace(steps: steps + [step]) }

    /// The tree with another value here.
    func replacing(_ value: ConfigurationNode.Value, in tree: ConfigurationNode) -> ConfigurationNode {
        var tree = tree
        guard let first = steps.first else {
            tree.value = value
            return tree
        }
        let rest = SettingPlace(steps: Array(steps.dropFirst()))
        switch (first, tree.value) {
        case (.key(let key), .map(var entries)):
            for index in entries.indices where entries[index].key == key {
                entries[index].node = rest.replacing(value, in: entries[index].node)
            }
            tree.value = .map(entries)
        case (.index(let index), .list(var elements)) where elements.indices.contains(index):
            elements[index] = rest.replacing(value, in: elements[index])
            tree.value = .list(elements)
        default: break
        }
        return tree
    }
}

/// What somebody or something may write in place of a value.
enum SettingMutation {
    private static let numbers = [
        "0", "-1", "1", "2", "3", "0.5", "1e-9", "-1e-9", "1e9", "1000000000", "2147483647", "2147483648", "4294967296",
        "9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e308",
        "-1e308", "1e-320",
        "1e39", "1e999", "NaN", "nan", ".nan", ".inf", "-.inf", "inf", "0x10", "1_000",
    ]

    static let values: [ConfigurationNode.Value] =
        (numbers + ["", "null", "true", "none", "auto", "x", "../../..", "${"]).map { .scalar($0, isPlain: true) } + [
            .scalar("", isPlain: false), .scalar("1", isPlain: false), .scalar("\u{0}", isPlain: false), .list([]),
            .list([node("1")]), .list([node("128"), node("128")]), .list([node("-1"), node("1e308"), node("x")]),
            .list([ConfigurationNode(.list([]), origin: place)]), .map([]),
            .map([.init(key: "kind", node: node("x"))]), .map([.init(key: "height", node: node("1"))]),
            .map([.init(key: "", node: node("1"))]),
        ]

    static let place = ConfigurationOrigin.file("mutated.yaml", line: 7)

    private static func node(_ text: String) -> ConfigurationNode {
        ConfigurationNode(.scalar(text, isPlain: true), origin: place)
    }
}
