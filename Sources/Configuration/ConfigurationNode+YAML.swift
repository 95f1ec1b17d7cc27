internal import Basics
internal import Yams

extension ConfigurationNode {
    /// Reads YAML text; `fileName` goes into the errors.
    package static func parse(yaml: String, fileName: String) throws(ConfigurationError) -> ConfigurationNode {
        try parse(yaml: yaml, label: fileName) { line in .file(fileName, line: line) }
    }

    /// Reads the value of one `--set key=value`.
    package static func parse(overrideValue: String, of text: String) throws(ConfigurationError) -> ConfigurationNode {
        try parse(yaml: overrideValue, label: "--set \(text)") { _ in .commandLine(text) }
    }

    private static func parse(
        yaml: String, label: String, origin: (Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) -> ConfigurationNode {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw malformed(error, origin)
        }
        guard let root else { return ConfigurationNode(.map([]), origin: origin(1)) }
        return try convert(root, origin: origin)
    }

    /// Errors at their own lines. That of a key given twice would repeat the whole file.
    private static func malformed(_ error: any Error, _ origin: (Int) -> ConfigurationOrigin) -> ConfigurationError {
        switch error as? YamlError {
        case .duplicatedKeysInMapping(let keys, let context)?:
            let named = keys.map { "'\($0)'" }.joined(separator: ", ")
            return ConfigurationError(
                .malformedYAML, origin: origin(context.mark.line),
                "not valid YAML: \(named) stands more than once in one map; keep one of them")
        case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?:
            return ConfigurationError(
                .malformedYAML, origin: origin(mark.line), "not valid YAML: \(oneLine("\(error)"))")
        default:
            return ConfigurationError(.malformedYAML, origin: origin(1), "not valid YAML: \(oneLine("\(error)"))")
        }
    }

    private static func convert(
        _ node: Node, origin: (Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) -> ConfigurationNode {
        let place = origin(node.mark?.line ?? 1)
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return ConfigurationNode(.scalar(scalar.string, isPlain: isPlain), origin: place)
        case .sequence(let sequence):
            var nodes: [ConfigurationNode] = []
            for element in sequence { nodes.append(try convert(element, origin: origin)) }
            return ConfigurationNode(.list(nodes), origin: place)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw ConfigurationError(.malformedYAML, origin: place, "a key must be plain text")
                }
                entries.append(Entry(key: name.string, node: try convert(value, origin: origin)))
            }
            return ConfigurationNode(.map(entries), origin: place)
        case .alias:
            throw ConfigurationError(.malformedYAML, origin: place, "this alias names no anchor; write the value out")
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmed }.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0 == " " }.trimmingSuffix { $0 == " " } }

    private func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
        return self[startIndex..<end]
    }
}

extension ConfigurationNode {
    /// The tree as YAML text in block style, two spaces a level. The same tree always gives the same bytes.
    package func yaml() -> String {
        var lines: [String] = []
        appendLines(to: &lines, indentation: 0)
        return lines.joined(separator: "\n") + "\n"
    }

    private func appendLines(to lines: inout [String], indentation: Int) {
        let margin = String(repeating: " ", count: indentation)
        switch value {
        case .scalar: lines.append(margin + inlineText)
        case .list(let nodes): for node in nodes { lines.append(margin + "- " + node.inlineText) }
        case .map(let entries):
            for entry in entries {
                switch entry.node.value {
                case .map(let children) where !children.isEmpty:
                    lines.append(margin + Self.keyText(entry.key) + ":")
                    entry.node.appendLines(to: &lines, indentation: indentation + 2)
                case .list(let elements) where elements.contains(where: { $0.entries != nil }):
                    lines.append(margin + Self.keyText(entry.key) + ":")
                    entry.node.appendLines(to: &lines, indentation: indentation + 2)
                default: lines.append(margin + Self.keyText(entry.key) + ": " + entry.node.inlineText)
                }
            }
        }
    }

    /// Flow style, for list elements and leaves.
    private var inlineText: String {
        switch value {
        case .scalar(let text, isPlain: true): text
        case .scalar(let text, isPlain: false): JSONText.quoted(text)
        case .list(let nodes): "[" + nodes.map(\.inlineText).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\(Self.keyText($0.key)): \($0.node.inlineText)" }.joined(separator: ", ") + "}"
        }
    }

    /// Keys of the program are plain; names that users give, such as those of classes, need not be.
    private static func keyText(_ key: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.unicodeScalars.allSatisfy {
                $0 == "_" || $0 == "." || ("a"..."z").contains($0) || ("A"..."Z").contains($0)
                    || ("0"..."9").contains($0)
            }
        return isPlain ? key : JSONText.quoted(key)
    }
}
