/// A part of the job has fallen silent, or all ranks wait for each other.
public struct StalledJob: Error, CustomStringConvertible {
    /// EX_PROTOCOL: ranks no longer hear of each other. The last checkpoint is as good as it was.
    public static let status: Int32 = 76
    /// Seconds without progress after which a job is given up, unless somebody says otherwise.
    public static let defaultSeconds = 300

    public let description: String

    public init(_ description: String) { self.description = description }
}
