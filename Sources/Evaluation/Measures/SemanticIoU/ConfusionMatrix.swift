internal import Datasets
public import ImageIO

/// Counts of pixels by true and predicted class. Matrices of parts of a data set add up to that of the whole.
///
/// Pixels whose truth is 255 are not counted. A pixel predicted as no class (255) is a miss of its true class and no
/// other's false alarm, as in the Cityscapes benchmark.
public struct ConfusionMatrix: Sendable, Equatable {
    public let classCount: Int
    /// `classCount` rows of `classCount + 1` counts: row by true class, column by predicted class, last column "no
    /// class". Flat, so that ranks can add their counts up with one all-reduce.
    public var counts: [Int64]

    /// No pixels.
    ///
    /// - Precondition: `classCount` is in `1...254`.
    public init(classCount: Int) {
        precondition((1...254).contains(classCount), "ConfusionMatrix: \(classCount) classes; there can be 1 to 254")
        self.classCount = classCount
        counts = [Int64](repeating: 0, count: classCount * (classCount + 1))
    }

    /// Pixels of class `truth` that were predicted as `prediction`; `classCount` stands for no class.
    public subscript(truth truth: Int, prediction prediction: Int) -> Int64 {
        counts[truth * (classCount + 1) + prediction]
    }

    /// Counts the pixels of one image.
    ///
    /// - Precondition: both maps have one size, and hold train ids below `classCount` or 255.
    public mutating func add(labels: LabelMap, predictions: LabelMap) {
        precondition(
            labels.height == predictions.height && labels.width == predictions.width,
            "ConfusionMatrix: labels are \(labels.height)x\(labels.width), "
                + "predictions \(predictions.height)x\(predictions.width)")
        let columns = classCount + 1
        counts.withUnsafeMutableBufferPointer { counts in
            labels.pixels.withUnsafeBufferPointer { labels in
                predictions.pixels.withUnsafeBufferPointer { predictions in
                    for index in labels.indices where labels[index] != LabelSpace.ignoreLabel {
                        let truth = Int(labels[index])
                        let prediction = predictions[index] == LabelSpace.ignoreLabel
                            ? classCount : Int(predictions[index])
                        precondition(
                            truth < classCount && prediction < columns,
                            "ConfusionMatrix: class \(truth) or \(prediction) is not below \(classCount)")
                        counts[truth * columns + prediction] += 1
                    }
                }
            }
        }
    }

    /// Adds the counts of other images.
    ///
    /// - Precondition: equal class counts.
    public static func += (sum: inout ConfusionMatrix, other: ConfusionMatrix) {
        precondition(
            sum.classCount == other.classCount,
            "ConfusionMatrix: cannot add \(other.classCount) classes to \(sum.classCount)")
        for index in sum.counts.indices { sum.counts[index] += other.counts[index] }
    }
}
