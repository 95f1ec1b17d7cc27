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
    ///   - labels: the train id of every cell, image by image, as `sampled` gives them; ids from `classCount` on, such
    ///     as the ignore label 255, belong to no class.
    public init(_ features: Tensor, labels: [UInt8], classCount: Int) {
        let (cells, channels) = (features.count / features.shape[3], features.shape[3])
        precondition(labels.count == cells, "ClassFeatures: \(labels.count) labels for \(cells) cells")
        var counts = [Int](repeating: 0, count: classCount)
        for label in labels where Int(label) < classCount { counts[Int(label)] += 1 }
        self.counts = counts
        let groups = IndexTensor(labels.map { Int($0) < classCount ? Int32($0) : -1 }, shape: [cells])
        sums = features.reshaped([cells, channels]).summedByGroup(groups, count: classCount)
    }

    init(sums: Tensor, counts: [Int]) {
        self.sums = sums
        self.counts = counts
    }

    /// The labels of the cells of a map: those of single pixels, end pixels included, as the released code of CoPT
    /// takes them (`torch.linspace` cut to integers): row `i` of `rows` is pixel `floor(i * (height - 1) / (rows -
    /// 1))`.
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

/// Sums and counts over all ranks.
public struct ClassFeatureTotals {
    /// Cells of each class on all ranks.
    let counts: [Double]
    /// What other ranks add to the sums of this one, `[classCount, C]`; nil where there are none.
    let others: Tensor?

    /// - Parameter reduce: makes a list of numbers global, by adding element by element over ranks.
    public init<Failure: Error>(
        of local: ClassFeatures, reduce: (inout [Double]) throws(Failure) -> Void
    ) throws(Failure) {
        let own = local.sums.values().map(Double.init)
        var values = local.counts.map(Double.init) + own
        try reduce(&values)
        counts = Array(values[..<local.counts.count])
        // What other ranks add is a constant here.
        let rest = zip(values[local.counts.count...], own).map { Float($0 - $1) }
        others = Tensor(rest, shape: local.sums.shape)
    }

    /// Those of the only rank; nothing has to come back to the host.
    public init(of local: ClassFeatures) {
        (counts, others) = (local.counts.map(Double.init), nil)
    }

    /// Classes that occur on any rank, ascending.
    var presentClasses: [Int] { counts.indices.filter { counts[$0] > 0 } }
}
