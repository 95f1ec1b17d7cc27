public import Configuration
public import TensorEngine

/// Makes the classes of pixel features vary together as their descriptions in words do (CoPT, Mata et al., ECCV 2024,
/// section 3.3; where paper and released code differ, the code is followed).
///
/// With `m_c` the mean feature of class `c` over the global batch and a bank `B` of past means, for the classes that
/// the batch shows:
///
/// `g_c = (1 - d) B_c + d m_c`, `L = weight * distance(S(g), S(t))`, then `B_c <- g_c` without gradient,
///
/// where `t_c` is the embedding of the class's description and `S` the similarity of every pair of classes. Only these
/// K x K matrices are compared, so text and pixels need not be of one width.
public final class TextAlignment {
    /// How alike two classes are.
    public enum Similarity: String, Sendable, CaseIterable, ConfigurationChoice {
        /// Covariance over channels: `(x_i - mean x_i) . (x_j - mean x_j) / (C - 1)`, not normalised.
        case covariance
        /// `x_i . x_j / (|x_i| |x_j|)`.
        case cosine
    }

    /// How far the matrix of the pixels is from that of the text.
    public enum Distance: String, Sendable, CaseIterable, ConfigurationChoice {
        /// `1 - <P, T> / sqrt((|P|^2 + 1e-12) (|T|^2 + 1e-12))` with the Frobenius product.
        case cosine
        /// Mean of absolute differences.
        case l1
        /// Mean of squared differences.
        case l2
    }

    /// What the bank holds before the first image of a class.
    public enum FirstVisit: String, Sendable, CaseIterable, ConfigurationChoice {
        /// Zeros, which shrink the first means (released code).
        case zeros
        /// The first mean itself: `g_c = m_c`.
        case features
    }

    /// Defaults are those of the released code.
    public struct Config: Sendable, Equatable {
        /// What is compared between classes: covariance over channels (released code) or cosine.
        public var similarity = Similarity.covariance
        /// How the two matrices are compared (CoPT, table 6: cosine).
        public var distance = Distance.cosine
        /// d: share of the batch in the mixed class means, in `0...1` (CoPT code: 0.5).
        public var decay: Float = 0.5
        /// Weight of the loss (CoPT, section 4: 1).
        public var weight: Float = 1
        /// What the bank holds before the first image of a class (CoPT code: zeros).
        public var firstVisit = FirstVisit.zeros
        /// How class means come about (CoPT code: scrambled, which nobody meant).
        public var classMeans = ClassFeatures.Means.exact

        public init() {}
    }

    /// Past means of each class, `[classCount, C]`; a row of zeros is a class no image has shown yet. Part of a
    /// checkpoint.
    public let bank: Tensor
    public let classCount: Int
    /// How the features that `loss` takes are to be added up.
    public var classMeans: ClassFeatures.Means { config.classMeans }
    private let config: Config
    /// `[classCount, W]`
    private let text: Tensor

    /// - Parameters:
    ///   - text: an embedding of each class's description, `[classCount, W]`.
    ///   - featureWidth: C, channels of the deepest map.
    public init(_ config: Config, text: Tensor, featureWidth: Int) {
        precondition(text.rank == 2, "TextAlignment: text must be [classes, width], got \(text.shape)")
        self.config = config
        self.text = text.detached()
        classCount = text.shape[0]
        bank = Tensor.zeros([classCount, featureWidth])
    }

    /// The loss of the global batch, the same on every rank; its gradient reaches the features of this rank alone, so
    /// gradients add up over ranks. Moves the bank.
    ///
    /// - Parameters:
    ///   - local: of this rank's images.
    ///   - totals: summed over all ranks.
    /// - Returns: nil where no class is present, and with the cosine distance where only one is: it would be 0.
    public func loss(_ local: ClassFeatures, totals: ClassFeatureTotals) -> Tensor? {
        let classes = totals.presentClasses
        guard !classes.isEmpty else { return nil }
        let rows = IndexTensor(classes.map { Int32($0) }, shape: [classes.count])
        let means = mixedMeans(local, totals, rows, counts: classes.map { Float(totals.counts[$0]) })
        bank.assignRows(rows, means.detached())
        guard classes.count > 1 || config.distance != .cosine else { return nil }
        return distance(similarity(means), similarity(text.gathered(rows))) * config.weight
    }

    /// `g`, `[K, C]`, of the classes `rows`.
    private func mixedMeans(
        _ local: ClassFeatures, _ totals: ClassFeatureTotals, _ rows: IndexTensor, counts: [Float]
    ) -> Tensor {
        let sums = totals.others.map { local.sums + $0 } ?? local.sums
        let past = bank.gathered(rows)
        let share = self.share(past)
        let factors = share / Tensor(counts, shape: [counts.count, 1])
        return sums.gathered(rows) * factors + past * (1 - share)
    }

    /// What the batch's mean counts in the mixed one: `d`, and 1 for classes without a past; `[K, 1]`, or one for all.
    private func share(_ past: Tensor) -> Tensor {
        guard config.firstVisit == .features else { return Tensor(config.decay) }
        let isNew = past.absolute().sum([1], keepingAxes: true).isWithin(0...0)
        return Tensor.maximum(isNew, Tensor(config.decay))
    }

    /// Similarity of every pair of rows, `[K, N] -> [K, K]`.
    private func similarity(_ rows: Tensor) -> Tensor {
        switch config.similarity {
        case .covariance:
            let centred = rows - rows.mean([1], keepingAxes: true)
            return centred.product(centred, transposingRight: true) / Float(max(1, rows.shape[1] - 1))
        case .cosine:
            // A row of zeros is like nothing.
            let unit = rows / (rows.squared().sum([1], keepingAxes: true) + Self.epsilon).squareRoot()
            return unit.product(unit, transposingRight: true)
        }
    }

    private func distance(_ pixels: Tensor, _ words: Tensor) -> Tensor {
        switch config.distance {
        case .cosine:
            let norms = (pixels.squared().sum() + Self.epsilon) * (words.squared().sum() + Self.epsilon)
            return ((pixels * words).sum() / norms.squareRoot()).affine(-1, 1)
        case .l1: return (pixels - words).absolute().mean()
        case .l2: return (pixels - words).squared().mean()
        }
    }

    /// Keeps roots away from zero (released code).
    private static let epsilon: Float = 1e-12
}

extension TextAlignment.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("similarity", &similarity)
        try fields.field("distance", &distance)
        try fields.field("decay", &decay, .closed(0...1))
        try fields.field("weight", &weight, .lossWeight)
        try fields.field("firstVisit", &firstVisit)
        try fields.field("classMeans", &classMeans)
    }
}
