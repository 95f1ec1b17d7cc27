/// What can go wrong with a file of weights: which file, which tensor, what is wrong and what to do about it.
public struct WeightsError: Error, Equatable, CustomStringConvertible {
    /// The kind of failure, for callers that treat some of them.
    public enum Code: Sendable, Equatable {
        /// The file cannot be opened, read, written or renamed.
        case io
        /// The file is not a whole, well-formed file of its format.
        case malformed
        /// No tensor of that name.
        case missing
        /// A tensor has another shape than the one asked for.
        case wrongShape
        /// A tensor has another element type than the one asked for.
        case wrongType
        /// A tensor holds an infinity or a value that is not a number.
        case notFinite
        /// The names match no convention we know.
        case unknownFormat
        /// The file holds several networks and nothing tells which of them is meant.
        case ambiguous
    }

    public let code: Code
    /// Path of the file.
    public let file: String
    /// Name of the tensor, where one is at fault.
    public let tensor: String?
    /// What is wrong, and the remedy.
    public let message: String

    public init(_ code: Code, file: String, tensor: String? = nil, _ message: String) {
        self.code = code
        self.file = file
        self.tensor = tensor
        self.message = message
    }

    public var description: String {
        guard let tensor else { return "\(file): \(message)" }
        return "\(file): tensor '\(tensor)': \(message)"
    }
}
