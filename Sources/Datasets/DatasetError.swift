/// What went wrong with a data set on disk, with the file it concerns and what to do about it.
public struct DatasetError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that react to one.
    public enum Code: Sendable, Equatable {
        case missingFolder, emptySplit, missingImage, missingLabel, unknownLabel, sizeMismatch, unreadable
        case unsupportedOption, notWritable
        /// No map leads from one label space to another.
        case incompatibleLabelSpaces
        /// Two files of which either could be meant.
        case ambiguousFiles
        /// A file of a format that is not read, or that changes ids.
        case unsupportedFile
        /// Labels that say nothing: every pixel is ignored.
        case noLabelledPixel
        /// No object that something can be learnt from, or scored.
        case noObject
    }

    public let code: Code
    /// Names the file and the remedy.
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
