/// The measures that settings can name.
public enum MeasureRegistry {
    /// One line a measure.
    public static var all: [any Measure.Type] {
        [
            SemanticIoU.self,
            SemanticIoUWithoutCrowds.self,
            Panoptic.self,
            Instance.self,
        ]
    }
}

/// The name of a measure of the registry.
public struct MeasureName: RawRepresentable, Sendable, Hashable, CaseIterable {
    public let rawValue: String

    /// nil when the registry lacks it.
    public init?(rawValue: String) {
        guard MeasureRegistry.all.contains(where: { $0.name == rawValue }) else { return nil }
        self.rawValue = rawValue
    }

    private init(_ measure: any Measure.Type) { rawValue = measure.name }

    public static var allCases: [MeasureName] { MeasureRegistry.all.map(MeasureName.init) }

    public static let semanticIoU = MeasureName(SemanticIoU.self)
    public static let panoptic = MeasureName(Panoptic.self)
    public static let instance = MeasureName(Instance.self)

    /// The measure, nothing measured yet.
    public func make(_ subject: MeasureSubject) -> any Measure {
        guard let type = MeasureRegistry.all.first(where: { $0.name == rawValue }) else {
            preconditionFailure("MeasureName: \(rawValue) is not in the registry")
        }
        return type.init(subject)
    }
}
