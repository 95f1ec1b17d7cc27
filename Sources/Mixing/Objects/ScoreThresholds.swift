public import Annotations

/// How sure a teacher must be of an object that is learnt from, by class.
public struct ScoreThresholds: Sendable, Equatable {
    /// By train id.
    public var ofClass: [UInt8: Float]
    /// Of the classes that `ofClass` does not name.
    public var ofOthers: Float

    public init(_ ofOthers: Float, ofClass: [UInt8: Float] = [:]) {
        self.ofOthers = ofOthers
        self.ofClass = ofClass
    }

    public subscript(trainID: UInt8) -> Float { ofClass[trainID] ?? ofOthers }

    /// Whether an object's score is above that of its class (LIDAPS, equation 8: `h > tau`); an object without a score
    /// is labelled, and sure.
    public func keeps(_ object: AnnotatedObject) -> Bool {
        guard let score = object.score else { return true }
        return score > self[object.trainID]
    }
}

extension [AnnotatedObject] {
    /// Those that are sure enough.
    public func surer(than thresholds: ScoreThresholds) -> [AnnotatedObject] { filter(thresholds.keeps) }
}
