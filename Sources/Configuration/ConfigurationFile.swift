internal import Basics
internal import Glibc

/// Reads a setting: a YAML file, the files it extends, and the changes of the command line.
public enum ConfigurationFile {
    /// The key that names the files a setting builds on, relative to the setting's own folder.
    package static let extendsKey = "extends"
    /// Larger files are refused before they are read.
    private static let largestFileBytes = 1 << 20
    private static let longestChain = 16

    /// The merged tree before it has types.
    package static func tree(_ path: String, overrides: [String]) throws(ConfigurationError) -> ConfigurationNode {
        var tree = try tree(path, chain: [], from: nil)
        for text in overrides { tree = try override(text).merged(over: tree) }
        return tree
    }

    private static func tree(
        _ path: String, chain: [String], from origin: ConfigurationOrigin?
    ) throws(ConfigurationError) -> ConfigurationNode {
        let identity = FilePath.resolved(path) ?? path
        guard !chain.contains(identity), chain.count < longestChain else {
            let circle = (chain + [identity]).joined(separator: " -> ")
            throw ConfigurationError(
                .extendsCycle, keyPath: extendsKey, origin: origin,
                "the files extend each other in a circle: \(circle)")
        }
        let node = try ConfigurationNode.parse(yaml: try read(path, from: origin), fileName: path)
        guard let entries = node.entries else {
            throw ConfigurationError(.wrongType, origin: node.origin, "expected a map of keys, got \(node.summary)")
        }
        var base = ConfigurationNode(.map([]), origin: node.origin)
        for parent in try parents(of: node) {
            base = try tree(FilePath.beside(path, parent.path), chain: chain + [identity], from: parent.origin)
                .merged(over: base)
        }
        let own = ConfigurationNode(.map(entries.filter { $0.key != extendsKey }), origin: node.origin)
        return own.merged(over: base)
    }

    /// The files a setting builds on, from bottom to top.
    private static func parents(
        of node: ConfigurationNode
    ) throws(ConfigurationError) -> [(path: String, origin: ConfigurationOrigin)] {
        guard let value = node[extendsKey] else { return [] }
        let elements = if case .list(let list) = value.value { list } else { [value] }
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

    /// `a.b=c` as the tree `{a: {b: c}}`.
    package static func override(_ text: String) throws(ConfigurationError) -> ConfigurationNode {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, !keys.contains("") else {
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
        guard let file = fopen(path, "rb") else {
            let reason = String(cString: strerror(errno))
            throw ConfigurationError(
                .unreadableFile, origin: origin, "cannot read the configuration \(path): \(reason); check the path")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: largestFileBytes + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0, count <= largestFileBytes else {
            throw ConfigurationError(
                .unreadableFile, origin: origin,
                "\(path) is not a configuration: it is a folder or larger than \(largestFileBytes) bytes")
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw ConfigurationError(.unreadableFile, origin: origin, "\(path) is not UTF-8 text")
        }
        return text
    }
}
