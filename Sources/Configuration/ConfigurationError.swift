/// Where a configuration value was written.
public enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
    /// A line (from 1) of a YAML file.
    case file(String, line: Int)
    /// One `--set key=value` of the command line, as typed.
    case commandLine(String)
    /// A default of the program.
    case builtIn

    public var description: String {
        switch self {
        case .file(let path, let line): "\(path):\(line)"
        case .commandLine(let text): "--set \(Excerpt.of(text))"
        case .builtIn: "default"
        }
    }
}

/// What is wrong with a configuration, where it was written, and how to put it right.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The kinds of mistake, for callers that decide by kind.
    public enum Code: Sendable, Equatable {
        case unreadableFile, malformedYAML, extendsCycle, malformedOverride
        case unknownKey, missingKey, wrongType, outOfRange, impossibleCombination, unsetVariable
    }

    public let code: Code
    /// Dotted path of the key at fault, such as `optimizer.weightDecay`; empty when a whole file is.
    public let keyPath: String
    public var origin: ConfigurationOrigin?
    /// What is wrong and the remedy, without place and key.
    public var message: String
    /// What else is wrong with the same setting; see `ConfigurationFaults`.
    package var others: [ConfigurationError] = []

    public init(_ code: Code, keyPath: String = "", origin: ConfigurationOrigin? = nil, _ message: String) {
        self.code = code
        self.keyPath = keyPath
        self.origin = origin
        self.message = message
    }

    /// `file:line: key: what is wrong; remedy`; of several faults a line for each.
    public var description: String {
        guard !others.isEmpty else { return line }
        return "\(others.count + 1) faults in the setting:\n" + ([line] + others.map(\.line)).map { "  \($0)" }
            .joined(separator: "\n")
    }

    /// With more words behind what it says of each fault.
    package func adding(_ words: String) -> ConfigurationError {
        var error = self
        error.message += words
        error.others = others.map { $0.adding(words) }
        return error
    }

    private var line: String {
        var parts: [String] = []
        if let origin { parts.append("\(origin)") }
        if !keyPath.isEmpty { parts.append(Excerpt.of(keyPath)) }
        parts.append(message)
        return parts.joined(separator: ": ")
    }
}

/// Texts of files in messages: the beginning of long ones.
enum Excerpt {
    private static let longest = 200

    static func of(_ text: String) -> String {
        text.utf8.count <= longest ? text : text.prefix(longest) + "…"
    }
}
