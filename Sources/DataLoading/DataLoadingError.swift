/// What went wrong between the files of a data set and a training step, and what to do about it.
public struct DataLoadingError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// Rare class sampling has nothing to draw from.
        case noRareClass
        /// Memory that the ranks of a node share could not be had.
        case sharedMemory
        /// An image or its labels could not be read.
        case badSample
        /// Too many files in a row could not be read.
        case tooManyBadSamples
        /// The system refused a thread.
        case thread
    }

    public let code: Code
    /// Names the file or key and the remedy.
    public let message: String
    /// The failure below, where there is one.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        guard let cause else { return message }
        return "\(message) (\(cause))"
    }
}
