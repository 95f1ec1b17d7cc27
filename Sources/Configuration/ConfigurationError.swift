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
        case .commandLine(let text): "--set \(text)"
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
    public let message: String

    public init(_ code: Code, keyPath: String = "", origin: ConfigurationOrigin? = nil, _ message: String) {
        self.code = code
        self.keyPath = keyPath
        self.origin = origin
        self.message = message
    }

    /// `place: key: message` on one line.
    public var description: String {
        var parts: [String] = []
        if let origin, origin != .builtIn { parts.append("\(origin)") }
        if !keyPath.isEmpty { parts.append(keyPath) }
        parts.append(message)
        return parts.joined(separator: ": ")
    }
}
