public import Datasets
public import ImageIO

/// Confusion counts of a data set, apart by the condition of the images. Counts of parts of a data set add up to those
/// of the whole.
public struct ConfusionByCondition: Sendable, Equatable {
    /// The conditions that images have, in the order of `CaptureCondition`; nil, at the end, for those without.
    public let conditions: [CaptureCondition?]
    public let classCount: Int
    /// One matrix a condition, see `ConfusionMatrix.counts`: flat, so that ranks can add their counts up with one
    /// all-reduce.
    public var counts: [Int64]

    /// No pixels.
    ///
    /// - Parameter conditions: of all images that will be counted, in any order.
    public init(classCount: Int, conditions: some Sequence<CaptureCondition?>) {
        let present = Set(conditions)
        self.classCount = classCount
        self.conditions = (CaptureCondition.allCases + [nil]).filter(present.contains)
        let matrix = ConfusionMatrix(classCount: classCount)
        counts = [Int64](repeating: 0, count: matrix.counts.count * self.conditions.count)
    }

    /// Counts the pixels of one image, see `ConfusionMatrix.add`.
    ///
    /// - Precondition: `condition` is one of `conditions`.
    public mutating func add(labels: LabelMap, predictions: LabelMap, condition: CaptureCondition?) {
        guard let place = conditions.firstIndex(of: condition) else {
            preconditionFailure("ConfusionByCondition: no image was to be of \(condition?.rawValue ?? "no condition")")
        }
        var matrix = ConfusionMatrix(classCount: classCount)
        matrix.add(labels: labels, predictions: predictions)
        let start = place * matrix.counts.count
        for (offset, count) in matrix.counts.enumerated() where count > 0 { counts[start + offset] += count }
    }

    /// Counts of the images at a place in `conditions`.
    public subscript(place: Int) -> ConfusionMatrix {
        var matrix = ConfusionMatrix(classCount: classCount)
        let start = place * matrix.counts.count
        matrix.counts = Array(counts[start..<start + matrix.counts.count])
        return matrix
    }

    /// Counts of all images.
    public var total: ConfusionMatrix {
        conditions.indices.reduce(into: ConfusionMatrix(classCount: classCount)) { $0 += self[$1] }
    }
}
