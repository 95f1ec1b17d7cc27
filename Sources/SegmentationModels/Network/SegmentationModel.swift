public import NN
public import TensorEngine

/// A network whose outputs are maps of images, and whose weights can be read and written: an encoder, or a whole one.
public protocol SegmentationModel: WeightedNetwork {
    /// The shortest side of an image in pixels.
    var smallestSide: Int { get }
    /// Names of `outputs`, in order.
    var outputNames: [String] { get }

    /// The outputs as maps `[B, h, w, C]`, in the order of `outputNames`.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised.
    func outputs(_ images: Tensor, in context: ForwardContext) -> [Tensor]
}

extension SegmentationNetwork: SegmentationModel {
    public var outputNames: [String] { ["logits"] }

    public func outputs(_ images: Tensor, in context: ForwardContext) -> [Tensor] {
        [self(images, in: context).logits]
    }
}
