/// The measures that settings can name.
public enum MeasureRegistry {
    /// One line a measure.
    public static var all: [any Measure.Type] {
        [
            SemanticIoU.self,
            SemanticIoUWithoutCrowds.self,
            Panoptic.self,
            Instance.self,
            InstanceWithConfidence.self,
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

    private var type: any Measure.Type {
        guard let type = MeasureRegistry.all.first(where: { $0.name == rawValue }) else {
            preconditionFailure("MeasureName: \(rawValue) is not in the registry")
        }
        return type
    }

    /// The measure, nothing measured yet.
    public func make(_ subject: MeasureSubject) -> any Measure { type.init(subject) }

    /// Whether the true objects of images are read for it.
    public var needsObjects: Bool { type.needsObjects }
    /// Whether the network's classes of pixels are looked at.
    public var needsPredictedClasses: Bool { type.needsPredictedClasses }
    /// Whether the network's objects are looked for.
    public var needsPredictedObjects: Bool { type.needsPredictedObjects }
}
