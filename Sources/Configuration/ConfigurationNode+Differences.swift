extension ConfigurationNode {
    /// Where another tree has other values, one line a key: `training.steps: '400', now '800'`.
    package func differences(to other: ConfigurationNode, path: String = "") -> [String] {
        guard let entries, let others = other.entries else {
            return text == other.text ? [] : ["\(path): \(shown), now \(other.shown)"]
        }
        let keys = entries.map(\.key) + others.map(\.key).filter { self[$0] == nil }
        return keys.flatMap { key in
            let null = ConfigurationNode(.scalar("null", isPlain: true))
            return (self[key] ?? null).differences(
                to: other[key] ?? null, path: path.isEmpty ? key : "\(path).\(key)")
        }
    }

    /// Every value with its dotted path, in the order written.
    package func leaves(path: String = "") -> [(path: String, text: String)] {
        guard let entries, !entries.isEmpty else { return [(path, isNull ? "null" : text)] }
        return entries.flatMap { $0.node.leaves(path: path.isEmpty ? $0.key : "\(path).\($0.key)") }
    }

    /// What stands here, whatever it was written like.
    private var text: String {
        switch value {
        case .scalar(let text, _): text
        case .list(let nodes): "[" + nodes.map(\.text).joined(separator: ", ") + "]"
        case .map(let entries): "{" + entries.map { "\($0.key): \($0.node.text)" }.joined(separator: ", ") + "}"
        }
    }

    private var shown: String { isNull ? "none" : "'\(text)'" }
}
