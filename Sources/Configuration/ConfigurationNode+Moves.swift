// Keys that move from one version to the next.

extension ConfigurationNode {
    /// The value at a dotted path, and the tree without it.
    package func taking(_ path: String) -> (node: ConfigurationNode?, rest: ConfigurationNode) {
        let (key, inner) = Self.split(path)
        guard let entries, let index = entries.firstIndex(where: { $0.key == key }) else { return (nil, self) }
        var rest = entries
        guard let inner else {
            rest.remove(at: index)
            return (entries[index].node, ConfigurationNode(.map(rest), origin: origin))
        }
        let (node, below) = entries[index].node.taking(inner)
        rest[index].node = below
        return (node, ConfigurationNode(.map(rest), origin: origin))
    }

    /// The tree with a value at a dotted path; maps on the way are made. A choice on the way that is a name alone
    /// becomes a map of its kind.
    package func placing(_ node: ConfigurationNode, at path: String) -> ConfigurationNode {
        let (key, inner) = Self.split(path)
        var entries = promotedToVariant.entries ?? []
        let index = entries.firstIndex { $0.key == key }
        let old = index.map { entries[$0].node } ?? ConfigurationNode(.map([]), origin: node.origin)
        let new = inner.map { old.placing(node, at: $0) } ?? node
        if let index { entries[index].node = new } else { entries.append(Entry(key: key, node: new)) }
        return ConfigurationNode(.map(entries), origin: origin)
    }

    /// The tree with the value at one dotted path at another; itself where there is none.
    package func moving(_ old: String, to new: String) -> ConfigurationNode {
        let (node, rest) = taking(old)
        return node.map { rest.placing($0, at: new) } ?? self
    }

    private static func split(_ path: String) -> (key: String, inner: String?) {
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : nil)
    }
}
