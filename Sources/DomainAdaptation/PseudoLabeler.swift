public import TensorEngine

/// Labels target images with a teacher's class scores: the likeliest class of every pixel.
public struct PseudoLabeler: Sendable {
    /// What the teacher says about a batch.
    public struct Labels: Sendable, Equatable {
        /// Train ids `[B, H, W]`.
        public let labels: [UInt8]
        /// Per image, `[B]`: pixels whose largest probability reaches the threshold.
        public let confidentCounts: [Int]
    }

    private let threshold: Float

    /// - Parameter threshold: smallest probability of a confident pixel, in `0...1` (DAFormer: 0.968).
    public init(threshold: Float) { self.threshold = threshold }

    /// - Parameters:
    ///   - logits: class scores `[B, h, w, C]`, upsampled to the size of the labels.
    ///   - height: of the labels.
    public func labels(of logits: Tensor, height: Int, width: Int) -> Labels {
        let (labels, counts) = logits.classified(height: height, width: width, threshold: threshold)
        return Labels(labels: labels, confidentCounts: counts)
    }
}
