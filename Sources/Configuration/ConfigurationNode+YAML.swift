internal import Basics
internal import Yams

extension ConfigurationNode {
    /// Most values of a file, and most maps and lists in each other, aliases written out.
    private static let (mostValues, deepest) = (50_000, 64)

    /// Reads YAML text; `fileName` goes into the errors.
    package static func parse(yaml: String, fileName: String) throws(ConfigurationError) -> ConfigurationNode {
        try parse(yaml: yaml) { line in .file(fileName, line: line) }
    }

    /// Reads the value of one `--set key=value`.
    package static func parse(overrideValue: String, of text: String) throws(ConfigurationError) -> ConfigurationNode {
        try parse(yaml: overrideValue) { _ in .commandLine(text) }
    }

    private static func parse(
        yaml: String, origin: (Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) -> ConfigurationNode {
        let source = try YAMLSource(yaml, origin: origin)
        let root: Node?
        do {
            root = try Yams.compose(yaml: source.text)
        } catch {
            throw YAMLFault(error, source.text).error(origin)
        }
        guard let root else { return ConfigurationNode(.map([]), origin: origin(1)) }
        var valueCount = 0
        return try convert(root, depth: 0, &valueCount, origin)
    }

    private static func convert(
        _ node: Node, depth: Int, _ valueCount: inout Int, _ origin: (Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) -> ConfigurationNode {
        let place = origin(node.mark?.line ?? 1)
        func malformed(_ message: String, at node: Node? = nil) -> ConfigurationError {
            ConfigurationError(.malformedYAML, origin: node?.mark.map { origin($0.line) } ?? place, message)
        }
        valueCount += 1
        guard valueCount <= mostValues else {
            throw malformed(
                "the file holds more than \(mostValues) values, aliases written out; a setting has some hundreds")
        }
        guard depth <= deepest else { throw malformed("maps and lists lie in each other more than \(deepest) times") }
        switch node {
        case .scalar(let scalar):
            if scalar.tag.rawValue.hasPrefix("!") && scalar.tag.rawValue.count > 1 {
                throw malformed("'\(Excerpt.of(scalar.tag.rawValue))' means nothing here; write the value alone")
            }
            let isPlain = scalar.style == .plain || scalar.style == .any
            return ConfigurationNode(.scalar(scalar.string, isPlain: isPlain), origin: place)
        case .sequence(let sequence):
            var nodes: [ConfigurationNode] = []
            for element in sequence { nodes.append(try convert(element, depth: depth + 1, &valueCount, origin)) }
            return ConfigurationNode(.list(nodes), origin: place)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else { throw malformed("a key must be plain text", at: key) }
                guard name.string != "<<" else {
                    throw malformed(
                        "'<<' is not read; write the keys out, or put what is shared into a file that others extend",
                        at: key)
                }
                entries.append(
                    Entry(key: name.string, node: try convert(value, depth: depth + 1, &valueCount, origin)))
            }
            return ConfigurationNode(.map(entries), origin: place)
        case .alias: throw malformed("this alias names no anchor; write the value out")
        }
    }
}

/// What the YAML library says of a text, at its line and in a sentence.
private struct YAMLFault {
    private let line: Int
    private let message: String

    init(_ error: any Error, _ text: String) {
        switch error as? YamlError {
        case .duplicatedKeysInMapping(let keys, let context)?:
            let named = keys.prefix(5).map { "'\(Excerpt.of($0))'" }.joined(separator: ", ")
            line = context.mark.line
            message = "\(named) stands more than once in one map; keep one of them"
        case .scanner(let context, let problem, let mark, _)?, .parser(let context, let problem, let mark, _)?:
            // What is not closed is known where it began, and noticed anywhere.
            let isOpen = ["flow mapping", "flow sequence", "quoted", "simple key"].contains {
                context?.text.contains($0) == true
            }
            line = min(isOpen ? context?.mark.line ?? mark.line : mark.line, Self.lastLine(of: text))
            message = Self.sentence(problem, context, mark, Self.line(mark.line, of: text))
        case .composer(_, let problem, let mark, _)?:
            line = mark.line
            message =
                problem.contains("document")
                ? "a second document begins here; a setting is one document, without `---` in it" : problem
        case .reader(let problem, let offset, _, _)?:
            line = 1 + (offset.map { text.prefix($0).count(where: \.isNewline) } ?? 0)
            message = "\(problem); save the file as UTF-8 text"
        default:
            (line, message) = (1, "\(error)")
        }
    }

    func error(_ origin: (Int) -> ConfigurationOrigin) -> ConfigurationError {
        ConfigurationError(.malformedYAML, origin: origin(line), "not valid YAML: \(message)")
    }

    private static func sentence(_ problem: String, _ context: YamlError.Context?, _ mark: Mark, _ line: Substring)
        -> String
    {
        if problem.contains("nesting level") { return "maps and lists lie in each other too often" }
        if problem.contains("cannot start any token") {
            let character = line.dropFirst(mark.column - 1).first
            return character == "\t"
                ? "a tab stands where spaces indent; use spaces"
                : "'\(character.map(String.init) ?? "")' cannot begin a value; put the text in quotes"
        }
        if problem.contains("mapping values are not allowed") {
            return
                "a second ': ' in a line, or a line that is indented too far; put the text in quotes, or indent as the line above"
        }
        if problem.contains("could not find expected ':'") {
            return "a line without `key: value` (column \(mark.column))"
        }
        let noticed = context.map { " (\($0.text) from line \($0.mark.line), noticed in line \(mark.line))" } ?? ""
        return problem + noticed
    }

    /// What is not closed is noticed behind the last line.
    private static func lastLine(of text: String) -> Int {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return max(1, (lines.lastIndex { !$0.isEmpty } ?? 0) + 1)
    }

    private static func line(_ number: Int, of text: String) -> Substring {
        let lines = text.split(maxSplits: number, omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return number >= 1 && lines.count >= number ? lines[number - 1] : ""
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
