/// What a check of one split of a data set found.
public struct DatasetInspection: Sendable {
    /// Something that is not as it should be.
    public struct Finding: Sendable, Equatable {
        public enum Severity: String, Sendable {
            /// Not as published, yet usable.
            case note
            /// A file or pair that training or scoring would stumble over.
            case damage
        }

        public let severity: Severity
        /// Names the file or folder and the remedy.
        public let message: String

        public init(_ severity: Severity, _ message: String) {
            self.severity = severity
            self.message = message
        }
    }

    /// Images of one condition.
    public struct Count: Sendable, Equatable {
        /// nil where the data set does not sort by conditions.
        public let condition: CaptureCondition?
        /// Complete pairs; for a set read without labels, images.
        public let images: Int
        /// nil where nothing is published.
        public let published: Int?

        package init(condition: CaptureCondition?, images: Int, published: Int?) {
            self.condition = condition
            self.images = images
            self.published = published
        }
    }

    /// A size and how many images have it.
    public struct Size: Sendable, Equatable {
        public let height: Int
        public let width: Int
        public let images: Int

        package init(height: Int, width: Int, images: Int) {
            self.height = height
            self.width = width
            self.images = images
        }
    }

    /// In the order of `CaptureCondition`; one entry without condition where there are none.
    public let counts: [Count]
    /// The most frequent first.
    public let sizes: [Size]
    /// Damage first, then notes, each in the order of the files.
    public let findings: [Finding]
    /// Of the label files that could be read; nil where none were decoded.
    public let statistics: ClassStatistics?
    /// nil where no files of objects were decoded.
    public let objects: Objects?

    public var damageCount: Int { findings.count { $0.severity == .damage } }
}

extension DatasetInspection {
    /// Of a data set that could not be opened.
    public init(damage message: String) {
        self.init(counts: [], sizes: [], findings: [Finding(.damage, message)], statistics: nil, objects: nil)
    }

    /// This one with further findings, damage before notes.
    public func adding(_ more: [Finding]) -> DatasetInspection {
        let all = findings + more
        return DatasetInspection(
            counts: counts, sizes: sizes,
            findings: all.filter { $0.severity == .damage } + all.filter { $0.severity == .note },
            statistics: statistics, objects: objects)
    }

    /// This one with damage that was met elsewhere; what is known already is not repeated.
    public func adding(damage messages: [String]) -> DatasetInspection {
        let known = Set(findings.map(\.message))
        let new = messages.filter { !known.contains($0) }.map { Finding(.damage, $0) }
        return DatasetInspection(
            counts: counts, sizes: sizes, findings: new + findings, statistics: statistics, objects: objects)
    }
}
