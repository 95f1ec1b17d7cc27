internal import Collectives

/// What can go wrong with a checkpoint: which folder or file, what is wrong and what to do about it.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
    /// In rising order of what it means for those who look for a checkpoint: where ranks differ, the last counts.
    public enum Code: UInt8, Sendable, Equatable {
        /// A file is missing, cut off or changed: this checkpoint is lost, an older one may be whole.
        case damaged
        /// The checkpoint belongs to something else: another model or another format.
        case unfit
        /// The disk or its permissions refuse to read, write or rename: what is there may be whole.
        case io
        /// The ranks could not talk to each other.
        case communication
    }

    public let code: Code
    public let path: String
    /// What is wrong, and the remedy.
    public let message: String

    public init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    init(_ error: CollectiveError, path: String) {
        self.init(.communication, path: path, error.description)
    }

    public var description: String { "\(path): \(message)" }
}
