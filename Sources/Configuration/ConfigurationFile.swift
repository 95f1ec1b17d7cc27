internal import Basics

/// Reads a setting: a YAML file, the files it extends, and the changes of the command line.
public enum ConfigurationFile {
    /// The key that names the files a setting builds on, relative to the setting's own folder.
    package static let extendsKey = "extends"
    /// Files of a setting, how many extend each other in a row, and how many one does.
    private static let (mostFiles, longestChain, mostParents) = (64, 16, 64)

    /// The merged tree before it has types.
    package static func tree(_ path: String, overrides: [String]) throws(ConfigurationError) -> ConfigurationNode {
        var read: [String: ConfigurationNode] = [:]
        var tree = try tree(path, chain: [], from: nil, &read)
        for text in overrides { tree = try override(text).merged(over: tree) }
        return tree
    }

    /// - Parameter read: trees of the files that were read, by their places: one that many extend is read once.
    private static func tree(
        _ path: String, chain: [String], from origin: ConfigurationOrigin?, _ read: inout [String: ConfigurationNode]
    ) throws(ConfigurationError) -> ConfigurationNode {
        let identity = FilePath.resolved(path) ?? path
        guard !chain.contains(identity) else {
            let circle = (chain.drop { $0 != identity } + [identity]).joined(separator: " -> ")
            throw ConfigurationError(
                .extendsCycle, keyPath: extendsKey, origin: origin,
                "the files extend each other in a circle: \(circle)")
        }
        if let known = read[identity] { return known }
        guard chain.count < longestChain, read.count < mostFiles else {
            throw ConfigurationError(
                .extendsCycle, keyPath: extendsKey, origin: origin,
                chain.count < longestChain
                    ? "the setting is made of more than \(mostFiles) files; put some together"
                    : "more than \(longestChain) files extend each other in a row; put some together")
        }
        let node = try ConfigurationNode.parse(yaml: try self.read(path, from: origin), fileName: path)
        guard let entries = node.entries else {
            throw ConfigurationError(.wrongType, origin: node.origin, "expected a map of keys, got \(node.summary)")
        }
        var base = ConfigurationNode(.map([]), origin: node.origin)
        for parent in try parents(of: node) {
            base = try tree(FilePath.beside(path, parent.path), chain: chain + [identity], from: parent.origin, &read)
                .merged(over: base)
        }
        let own = ConfigurationNode(.map(entries.filter { $0.key != extendsKey }), origin: node.origin)
        let merged = own.merged(over: base)
        read[identity] = merged
        return merged
    }

    /// The files a setting builds on, from bottom to top.
    private static func parents(
        of node: ConfigurationNode
    ) throws(ConfigurationError) -> [(path: String, origin: ConfigurationOrigin)] {
        guard let value = node[extendsKey] else { return [] }
        let elements = if case .list(let list) = value.value { list } else { [value] }
        guard elements.count <= mostParents else {
            throw ConfigurationError(
                .outOfRange, keyPath: extendsKey, origin: value.origin,
                "\(elements.count) files are more than the \(mostParents) that a file may extend")
        }
        var result: [(path: String, origin: ConfigurationOrigin)] = []
        for element in elements {
            guard case .scalar(let path, _) = element.value, !element.isNull else {
                throw ConfigurationError(
                    .wrongType, keyPath: extendsKey, origin: element.origin,
                    "expected the path of a YAML file or a list of them, got \(element.summary)")
            }
            result.append((path, element.origin))
        }
        return result
    }

    /// Longer paths than any key has.
    private static let mostKeys = 16

    /// `a.b=c` as the tree `{a: {b: c}}`.
    package static func override(_ text: String) throws(ConfigurationError) -> ConfigurationNode {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, !keys.contains(""), keys.count <= mostKeys else {
            throw ConfigurationError(
                .malformedOverride, origin: .commandLine(text),
                "expected key.path=value, such as --set optimizer.weightDecay=0.02")
        }
        var node = try ConfigurationNode.parse(overrideValue: String(parts[1]), of: text)
        for key in keys.reversed() {
            node = ConfigurationNode(
                .map([ConfigurationNode.Entry(key: key, node: node)]), origin: .commandLine(text))
        }
        return node
    }
}

// MARK: - Files

extension ConfigurationFile {
    package static func read(_ path: String, from origin: ConfigurationOrigin?) throws(ConfigurationError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try RegularFile.bytes(of: path, atMost: YAMLSource.largestFileBytes)
        } catch {
            throw ConfigurationError(
                .unreadableFile, origin: origin, "cannot read the configuration \(path): \(error); check the path")
        }
        return try YAMLSource.text(of: bytes, path: path)
    }
}
