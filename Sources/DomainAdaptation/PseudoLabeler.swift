internal import NN
public import SegmentationModels
public import TensorEngine

/// Labels target images with a teacher: the likeliest class of every pixel of the upsampled scores.
///
/// Dropout and stochastic depth are off, while batch normalisation uses the statistics of the target images (DAFormer
/// code); running statistics are never read.
public final class PseudoLabeler {
    /// What the teacher says about a batch.
    public struct Labels: Sendable, Equatable {
        /// Train ids `[B, H, W]`.
        public let labels: [UInt8]
        /// Per image, `[B]`: pixels whose largest probability reaches the threshold.
        public let confidentCounts: [Int]
    }

    private let network: SegmentationNetwork
    private let threshold: Float
    private let context: ForwardContext

    /// - Parameters:
    ///   - network: the teacher's.
    ///   - threshold: smallest probability of a confident pixel, in `0...1` (DAFormer: 0.968).
    ///   - reduceStatistics: makes batch statistics global over teachers; see `ForwardContext`.
    public init(_ network: SegmentationNetwork, threshold: Float, reduceStatistics: ((inout [Double]) -> Void)?) {
        self.network = network
        self.threshold = threshold
        context = ForwardContext(batchStatistics: .batch(reduce: reduceStatistics), noise: nil)
    }

    /// - Parameter images: normalised target images `[B, H, W, 3]`.
    public func labels(of images: Tensor) -> Labels {
        let logits = withoutGradients { network(images, in: context).logits }
        let (labels, counts) = logits.classified(
            height: images.shape[1], width: images.shape[2], threshold: threshold)
        return Labels(labels: labels, confidentCounts: counts)
    }
}
