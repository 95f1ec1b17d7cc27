public import Configuration
internal import NN
public import SegmentationModels
public import TensorEngine

/// Keeps the deepest features of things near those of a frozen encoder with the pretrained weights (DAFormer,
/// arXiv:2111.14887, section 4.3).
///
/// `L = weight * sum over cells (mask * ||F_student - F_frozen||_2) / number of masked cells`, over the global batch.
public final class FeatureDistance {
    /// Defaults are those of the DAFormer code.
    public struct Config: Sendable, Equatable {
        /// Weight of the loss (DAFormer: 0.005); 0 switches it off.
        public var weight: Float = 0.005
        /// Smallest share of one class in a cell of the deepest map for the cell to belong to it, in `0...1` (DAFormer:
        /// 0.75).
        public var minShare: Float = 0.75
        /// Classes whose cells count, by name or train id; nil for those that the label space names (for Cityscapes
        /// things with light and sign, as in DAFormer's code).
        public var classes: [ClassReference]?

        public init() {}
    }

    private let config: Config
    private let frozen: any Encoder
    /// 1 for labels whose cells count, `[256]`.
    private let counting: IndexTensor

    /// - Parameters:
    ///   - classes: train ids whose cells count.
    ///   - frozen: an encoder with the pretrained weights, which nobody changes.
    public init(_ config: Config, classes: [Int], frozen: any Encoder) {
        self.config = config
        self.frozen = frozen
        counting = IndexTensor((0..<256).map { classes.contains($0) ? 1 : 0 }, shape: [256])
    }

    /// Deepest features of the frozen encoder, `[B, h, w, C]`; nothing is kept for a backward pass.
    public func reference(_ images: Tensor) -> Tensor {
        withoutGradients { frozen(images, in: .evaluation).deepest }
    }

    /// The weighted sum over masked cells, to be divided by the global number of them (0 cells: no loss).
    ///
    /// - Parameters:
    ///   - features: the student's deepest map `[B, h, w, C]`.
    ///   - reference: as given by `reference(_:)`.
    ///   - mask: 1 where a cell counts, `[B, h, w]`.
    public func weightedSum(features: Tensor, reference: Tensor, mask: Tensor) -> Tensor {
        let distance = (features - reference).squared().sum([-1]).squareRoot()
        return (distance * mask).sum() * config.weight
    }

    /// Which cells of the deepest map belong to a counting class.
    ///
    /// Labels are averaged one-hot over non-overlapping cells, the ignore label as a class of its own. The class with
    /// the largest share wins a cell (the lowest id among equals); the cell counts if that share reaches `minShare`.
    ///
    /// - Parameters:
    ///   - labels: train ids `[B, H, W]`, 255 where ignored.
    ///   - rows: rows of the deepest map; `H` is a multiple of it.
    ///   - columns: columns of the deepest map; `W` is a multiple of it.
    /// - Returns: `[B, rows, columns]`, 0 or 1.
    public func mask(labels: IndexTensor, rows: Int, columns: Int) -> Tensor {
        let pixels = labels.shape[1] * labels.shape[2] / max(1, rows * columns)
        return labels.cellMask(
            rows: rows, columns: columns, counting: counting, least: config.minShare * Float(pixels))
    }
}

extension FeatureDistance.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("weight", &weight, .lossWeight)
        try fields.field("minShare", &minShare, .closed(0...1))
        try fields.optionalList("classes", &classes)
    }
}
