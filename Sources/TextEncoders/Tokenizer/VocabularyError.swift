/// What is wrong with the files of a tokenizer or with a text: which one, what, and what to do about it.
public struct VocabularyError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure, for callers that treat some of them.
    public enum Code: Sendable, Equatable {
        /// The file cannot be opened or read.
        case io
        /// The file is not of its format.
        case malformed
        /// A token that is needed has no id.
        case missingToken
    }

    public let code: Code
    /// Path of the file; empty where a text is at fault.
    public let file: String
    /// What is wrong, and the remedy.
    public let message: String

    init(_ code: Code, file: String = "", _ message: String) {
        self.code = code
        self.file = file
        self.message = message
    }

    public var description: String { file.isEmpty ? message : "\(file): \(message)" }
}
