public import TensorEngine

/// Features of each class in a batch: sums over the cells of the deepest map that show the class, and their number.
///
/// Sums and counts, not means, so that those of several ranks add up.
public struct ClassFeatures {
    /// `[classCount, C]`, on the tape.
    public let sums: Tensor
    /// Cells of each class.
    public let counts: [Int]

    /// Adds up the features of each class.
    ///
    /// - Parameters:
    ///   - features: `[B, h, w, C]`.
    ///   - labels: the train id of every cell, image by image, as `sampled` gives them; ids from `classCount` on, such as
    ///     the ignore label 255, belong to no class.
    public init(_ features: Tensor, labels: [UInt8], classCount: Int) {
        let (cells, channels) = (features.count / features.shape[3], features.shape[3])
        precondition(labels.count == cells, "ClassFeatures: \(labels.count) labels for \(cells) cells")
        var counts = [Int](repeating: 0, count: classCount)
        var belongs = [Float](repeating: 0, count: classCount * cells)
        for (cell, label) in labels.enumerated() where Int(label) < classCount {
            counts[Int(label)] += 1
            belongs[Int(label) * cells + cell] = 1
        }
        self.counts = counts
        sums = Tensor(belongs, shape: [classCount, cells]).product(features.reshaped([cells, channels]))
    }

    /// The labels of the cells of a map: those of single pixels, end pixels included, as the released code of CoPT takes
    /// them (`torch.linspace` cut to integers): row `i` of `rows` is pixel `floor(i * (height - 1) / (rows - 1))`.
    ///
    /// - Parameters:
    ///   - labels: train ids of one image, `height * width` values.
    ///   - rows: rows of the map, at least 1.
    ///   - columns: columns of the map, at least 1.
    /// - Returns: `rows * columns` train ids.
    public static func sampled(labels: [UInt8], height: Int, width: Int, rows: Int, columns: Int) -> [UInt8] {
        precondition(labels.count == height * width, "ClassFeatures: \(labels.count) labels for \(height)x\(width)")
        func position(_ index: Int, of count: Int, in length: Int) -> Int {
            count == 1 ? 0 : index * (length - 1) / (count - 1)
        }
        return (0..<rows).flatMap { row in
            let start = position(row, of: rows, in: height) * width
            return (0..<columns).map { labels[start + position($0, of: columns, in: width)] }
        }
    }
}

/// Sums and counts over all ranks, as one list of numbers that ranks add up element by element.
public struct ClassFeatureTotals: Sendable, Equatable {
    /// The counts of all classes, then the sums `[classCount, C]` row by row.
    public var values: [Double]
    private let classCount: Int

    /// Those of one rank.
    public init(of local: ClassFeatures) {
        classCount = local.counts.count
        values = local.counts.map(Double.init) + local.sums.values().map(Double.init)
    }

    var counts: ArraySlice<Double> { values[..<classCount] }
    var sums: ArraySlice<Double> { values[classCount...] }
    /// Classes that occur on any rank, ascending.
    var presentClasses: [Int] { (0..<classCount).filter { counts[$0] > 0 } }
}
