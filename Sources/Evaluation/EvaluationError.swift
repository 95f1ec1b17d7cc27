/// What went wrong while predictions were made or scored, with the file it concerns and what to do about it.
public struct EvaluationError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that react to one.
    public enum Code: Sendable, Equatable {
        case missingFolder, emptyFolder, unreadable, notWritable
        case missingPrediction, extraPrediction, duplicateName
        case sizeMismatch, unknownLabel, incompatibleLabelSpaces
        case imageTooSmall, noLabelledPixel
        /// An image needs more memory than is left.
        case outOfMemory
        /// A text that is not of its format, or lacks something.
        case malformed
        /// Two files, or two parts of one, that say different things.
        case inconsistent
        /// A score that is no number.
        case invalidScore
        /// Objects that are needed and not there.
        case missingObjects
        /// Classes of pixels that are needed and not there.
        case missingClasses
        /// How sure labels are, where it is needed and nothing says so.
        case missingConfidence
        /// What a rank counted is not what its measure writes.
        case damagedTally
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
