/// Runs cannot be put into a table, or a report cannot be written; the message names the file and the remedy.
public struct ReportError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
