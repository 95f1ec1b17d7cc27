package import Configuration
public import TensorEngine

/// Holds the feature of every pixel to the words for its class: CLIP-based domain alignment (CDA; LIDAPS, Mansour et
/// al., arXiv:2404.03799; thesis, section 3.4; where they and the released code differ, the code is followed).
///
/// `L = weight * mean over all pixels of CE(softmax(E f / |f|), y)`, where `f` is the head's fused map, upsampled with
/// aligned corners to the size of the labels, and the rows of `E` are what a text encoder makes of the classes; its
/// last row belongs to pixels with the ignore label, which are not left out. Rows are not normalised: their length is
/// what a temperature would be. Pixels have no weights, those of pseudo-labels included.
public struct PixelText {
    public struct Config: Sendable, Equatable {
        /// Weight of the loss (LIDAPS code: 1).
        public var weight: Float = 1

        public init() {}
    }

    private let config: Config
    /// `[classes + 1, W]`
    private let table: Tensor
    private let ignoredLabel: Int

    /// - Parameters:
    ///   - table: a row a class, and one for pixels with the ignore label, `[classes + 1, W]`.
    ///   - ignoredLabel: their label.
    public init(_ config: Config, table: Tensor, ignoredLabel: Int = 255) {
        precondition(
            table.rank == 2 && table.shape[0] >= 2, "PixelText: table must be [classes + 1, width], got \(table.shape)")
        self.config = config
        self.table = table.detached()
        self.ignoredLabel = ignoredLabel
    }

    /// The weighted sum over all pixels, to be divided by their number.
    ///
    /// - Parameters:
    ///   - features: `[B, h, w, W]`.
    ///   - labels: `[B, H, W]`, of any size.
    public func weightedSum(features: Tensor, labels: IndexTensor) -> Tensor {
        features.upsampledUnitCrossEntropy(
            rows: table, labels: labels, ignored: (label: ignoredLabel, row: table.shape[0] - 1)) * config.weight
    }
}

extension PixelText.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("weight", &weight, .lossWeight)
    }
}
