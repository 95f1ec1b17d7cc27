/// What went wrong with an image file, and what to do about it.
public struct ImageError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that react to one.
    public enum Code: Sendable, Equatable {
        /// The file could not be opened or read.
        case unreadable
        /// The bytes are not a PNG or JPEG, or are damaged.
        case notAnImage
        /// The file ends early.
        case truncated
        /// More pixels than allowed.
        case tooLarge
        /// A valid image of a kind that this call does not take.
        case unsupported
        /// The file could not be written.
        case cannotWrite
    }

    public let code: Code
    /// Names the file and the remedy.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
