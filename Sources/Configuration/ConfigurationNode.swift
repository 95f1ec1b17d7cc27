/// A configuration before it has types: the YAML tree with the place every value was written at.
package struct ConfigurationNode: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let key: String
        package var node: ConfigurationNode

        package init(key: String, node: ConfigurationNode) {
            self.key = key
            self.node = node
        }
    }

    package enum Value: Sendable, Equatable {
        /// `isPlain` is false for quoted text, which is always a string.
        case scalar(String, isPlain: Bool)
        case list([ConfigurationNode])
        /// In the order written.
        case map([Entry])
    }

    package var value: Value
    package var origin: ConfigurationOrigin

    package init(_ value: Value, origin: ConfigurationOrigin = .builtIn) {
        self.value = value
        self.origin = origin
    }

    /// The key whose value chooses a variant, such as `method.kind`.
    package static let kindKey = "kind"

    /// True for a plain `null`, `~` or nothing.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = value else { return false }
        return text == "null" || text == "~" || text.isEmpty
    }

    package var entries: [Entry]? {
        guard case .map(let entries) = value else { return nil }
        return entries
    }

    package subscript(key: String) -> ConfigurationNode? {
        entries?.first { $0.key == key }?.node
    }

    /// How an error names what it found here.
    package var summary: String {
        switch value {
        case .scalar(let text, isPlain: true): isNull ? "null" : "'\(Excerpt.of(text))'"
        case .scalar(let text, isPlain: false): "the text \"\(Excerpt.of(text))\""
        case .list(let nodes): "a list of \(nodes.count)"
        case .map: "a map"
        }
    }

    /// The place the value at a path such as `data.source.also[1].root` was written, or of the nearest map above it.
    package func origin(of keyPath: String) -> ConfigurationOrigin {
        var node = self
        for part in keyPath.split(separator: ".") {
            let names = part.split { $0 == "[" || $0 == "]" }
            guard let key = names.first, let child = node[String(key)] else { break }
            node = child
            for index in names.dropFirst().compactMap({ Int($0) }) {
                guard case .list(let elements) = node.value, elements.indices.contains(index) else { break }
                node = elements[index]
            }
        }
        return node.origin
    }
}

extension ConfigurationNode {
    /// This tree laid over `base`: maps merge key by key, everything else replaces.
    ///
    /// A choice may be written as its name alone (`method: dacs`) or as a map (`method: {kind: dacs, …}`). The same
    /// choice merges with the base; another choice replaces it, because its parameters are other ones.
    package func merged(over base: ConfigurationNode) -> ConfigurationNode {
        if isNull || base.isNull { return self }
        let upper = base.isVariantMap ? promotedToVariant : self
        let lower = upper.entries != nil ? base.promotedToVariant : base
        guard let upperEntries = upper.entries, let lowerEntries = lower.entries else { return upper }
        if let kind = upper.kind, let baseKind = lower.kind, kind != baseKind { return upper }
        // A map of a file stays one where the command line changes a key of it.
        let isFile = if case .file = lower.origin, case .commandLine = upper.origin { true } else { false }
        return ConfigurationNode(
            .map(Self.merge(upperEntries, over: lowerEntries)), origin: isFile ? lower.origin : upper.origin)
    }

    private static func merge(_ upper: [Entry], over lower: [Entry]) -> [Entry] {
        var result = lower
        var places = Dictionary(lower.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in upper {
            if let index = places[entry.key] {
                result[index].node = entry.node.merged(over: result[index].node)
            } else {
                places[entry.key] = result.count
                result.append(entry)
            }
        }
        return result
    }

    private var kind: String? {
        guard case .scalar(let text, _)? = self[Self.kindKey]?.value else { return nil }
        return text
    }

    private var isVariantMap: Bool { kind != nil }

    /// `dacs` as `{kind: dacs}`.
    package var promotedToVariant: ConfigurationNode {
        guard case .scalar = value else { return self }
        return ConfigurationNode(.map([Entry(key: Self.kindKey, node: self)]), origin: origin)
    }
}
