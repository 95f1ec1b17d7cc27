public import NN
public import TensorEngine

/// A network that the registry makes: its outputs have the field's names, and its weights can be read and written.
public protocol SegmentationModel: Module {
    /// The encoder; the network itself, where it is one.
    var encoder: MixTransformer { get }
    /// What stands before the encoder's names in the network's own, with its dot.
    var encoderPath: String { get }
    /// The shortest side of an image in pixels.
    var smallestSide: Int { get }
    /// Names of `outputs`, in order.
    var outputNames: [String] { get }

    /// The outputs as maps `[B, h, w, C]`, in the order of `outputNames`.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised.
    func outputs(_ images: Tensor, in context: ForwardContext) -> [Tensor]
}

extension MixTransformer: SegmentationModel {
    public var encoder: MixTransformer { self }
    public var encoderPath: String { "" }
    public var smallestSide: Int { config.smallestSide }
    public var outputNames: [String] { ["stage1", "stage2", "stage3", "stage4"] }

    public func outputs(_ images: Tensor, in context: ForwardContext) -> [Tensor] { self(images, in: context) }
}

extension SegmentationNetwork: SegmentationModel {
    public var encoderPath: String { "backbone." }
    public var outputNames: [String] { ["logits"] }

    public func outputs(_ images: Tensor, in context: ForwardContext) -> [Tensor] {
        [self(images, in: context).logits]
    }
}
