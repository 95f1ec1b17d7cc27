/// What went wrong between processes: which operation, on which rank, and what to do about it.
public struct CollectiveError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The communication library reported this error class.
        case library(Int32)
        /// The ranks did not make the same call.
        case mismatch
        /// A message arrived with another length than the receiver asked for.
        case wrongMessageSize
        /// A rank waited longer than its limit.
        case timeout
        /// Another rank failed first.
        case peerFailed
        /// The library cannot give what was asked for at start.
        case unsupported
    }

    public let code: Code
    public let operation: String
    public let rank: Int
    /// What happened and what to do about it.
    public let message: String

    public init(_ code: Code, operation: String, rank: Int, message: String) {
        self.code = code
        self.operation = operation
        self.rank = rank
        self.message = message
    }

    public var description: String { "rank \(rank): \(operation) failed: \(message)" }
}
