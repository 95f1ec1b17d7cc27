/// Weather or time of day that a data set sorts its images by.
public enum CaptureCondition: String, Sendable, Codable, CaseIterable {
    case fog, night, rain, snow
    /// Dark Zurich only.
    case day, twilight
}
