package import Configuration
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
        /// Train ids whose cells count: the things of Cityscapes with light and sign (DAFormer code).
        public var classes: [Int] = [6, 7, 11, 12, 13, 14, 15, 16, 17, 18]

        public init() {}
    }

    private let config: Config
    private let frozen: MixTransformer

    /// - Parameter frozen: an encoder with the pretrained weights, which nobody changes.
    public init(_ config: Config, frozen: MixTransformer) {
        self.config = config
        self.frozen = frozen
    }

    /// Deepest features of the frozen encoder, `[B, h, w, C]`; nothing is kept for a backward pass.
    public func reference(_ images: Tensor) -> Tensor {
        withoutGradients { frozen(images, in: .evaluation)[3] }
    }

    /// The weighted sum over masked cells, to be divided by the global number of them (0 cells: no loss).
    ///
    /// - Parameters:
    ///   - features: the student's deepest map `[B, h, w, C]`.
    ///   - reference: as given by `reference(_:)`.
    ///   - mask: 1 where a cell counts, `B * h * w` values.
    public func weightedSum(features: Tensor, reference: Tensor, mask: [Float]) -> Tensor {
        let distance = (features - reference).squared().sum([-1]).squareRoot()
        return (distance * Tensor(mask, shape: distance.shape)).sum() * config.weight
    }

    /// Which cells of the deepest map belong to a counting class.
    ///
    /// Labels are averaged one-hot over non-overlapping cells, the ignore label as a class of its own. The class with
    /// the largest share wins a cell (the lowest id among equals); the cell counts if that share reaches `minShare`.
    ///
    /// - Parameters:
    ///   - labels: train ids of one image, 255 where ignored, `height * width` values.
    ///   - rows: rows of the deepest map; `height` is a multiple of it.
    ///   - columns: columns of the deepest map; `width` is a multiple of it.
    /// - Returns: `rows * columns` values of 0 or 1.
    public func mask(labels: [UInt8], height: Int, width: Int, rows: Int, columns: Int) -> [Float] {
        precondition(
            labels.count == height * width && height % rows == 0 && width % columns == 0,
            "FeatureDistance: labels of \(height)x\(width) do not divide into \(rows)x\(columns) cells")
        let (cellHeight, cellWidth) = (height / rows, width / columns)
        let counts = config.classes.reduce(into: [Bool](repeating: false, count: 256)) { $0[$1] = true }
        let least = config.minShare * Float(cellHeight * cellWidth)
        var result: [Float] = []
        result.reserveCapacity(rows * columns)
        for cell in 0..<rows * columns {
            var histogram = [Int](repeating: 0, count: 256)
            for y in cell / columns * cellHeight..<(cell / columns + 1) * cellHeight {
                let start = y * width + cell % columns * cellWidth
                for label in labels[start..<start + cellWidth] { histogram[Int(label)] += 1 }
            }
            let winner = histogram.indices.max { left, right in
                histogram[left] < histogram[right] || (histogram[left] == histogram[right] && left > right)
            } ?? 255
            result.append(counts[winner] && Float(histogram[winner]) >= least ? 1 : 0)
        }
        return result
    }
}

extension FeatureDistance.Config: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("weight", &weight, .atLeast(0))
        try fields.field("minShare", &minShare, .closed(0...1))
        try fields.list("classes", &classes)
    }
}
