internal import Annotations
public import DataLoading
public import ImageIO

/// Which label values occur in a batch, as counts that ranks add up.
///
/// ClassMix draws from the classes of the whole global batch: each rank counts its own samples, the step sums the
/// counts over the students, and every rank finds the same `classes`.
public struct ClassPresence: Sendable, Equatable {
    /// Number of samples that show each of the 256 label values; summed over ranks element by element.
    public var sampleCounts: [Int32]

    /// Of the source samples of one rank.
    public init(of samples: [Sample]) { self.init(of: samples.compactMap(\.labels)) }

    /// Of class maps, each of a sample.
    public init(of maps: [LabelMap]) {
        sampleCounts = [Int32](repeating: 0, count: 256)
        for map in maps {
            for (value, count) in map.valueCounts.enumerated() where count > 0 { sampleCounts[value] += 1 }
        }
    }

    /// The label values that occur, ascending; `Annotation.ignored` counts as one.
    public var classes: [UInt8] { (0..<256).filter { sampleCounts[$0] > 0 }.map { UInt8($0) } }
}
