/// A log file cannot be opened or written; the message names the file and the remedy.
public struct LogError: Error, Equatable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
