public import Detection
public import NN
public import TensorEngine
public import WeightFiles

/// The sizes of an encoder, and all that is known of it before it is made: what it delivers, the smallest image it
/// takes, and how files name its weights.
public protocol EncoderConfig: Sendable, Equatable {
    /// Strides and channels of the maps it delivers.
    var layout: FeaturePyramid.Layout { get }
    /// The shortest side of an image in pixels.
    var smallestSide: Int { get }
    /// Names of its tensors in files, our own first.
    var weightNames: [WeightNames] { get }

    /// - Parameter scope: the place in the network; seeds of first weights follow from it.
    func makeEncoder(in scope: ModuleScope) -> any Encoder

    /// Takes the sizes of a file's encoder that its weights tell, where files of one name have several.
    ///
    /// - Parameter file: of the encoder.
    mutating func takeSizes(of file: WeightShapes) throws(WeightsError)

    /// What the pass of a training step keeps for its backward pass, for each level in multiples of its map. Plans of
    /// jobs estimate memory with it; measured with `causeway bench step`.
    func keptMaps(_ recomputation: Recomputation) -> [Double]
    /// Numbers that a training pass holds besides, whatever the images.
    var workspace: Int { get }
    /// What makes Hugging Face transformers load exported weights; nil where it knows no such encoder.
    ///
    /// - Parameter epsilons: of the layer norms, as they are.
    func transformersConfiguration(_ epsilons: LayerNormEpsilons?) -> TransformersConfiguration?
}

extension EncoderConfig {
    /// Sizes are those of the name.
    public mutating func takeSizes(of file: WeightShapes) throws(WeightsError) {}

    /// Four maps a block, eight blocks a level: an order of magnitude, until somebody measures.
    public func keptMaps(_ recomputation: Recomputation) -> [Double] { layout.levels.map { _ in 32 } }
    public var workspace: Int { 0 }
    public func transformersConfiguration(_ epsilons: LayerNormEpsilons?) -> TransformersConfiguration? { nil }

    /// Equality behind an existential.
    func isEqual(to other: any EncoderConfig) -> Bool { (other as? Self) == self }
}

/// A network that makes maps of images, and no class scores.
///
/// A new one is a folder with its `Config`, this protocol on a `Module`, and a line in `EncoderRegistry`.
public protocol Encoder: SegmentationModel, ParameterGrouping {
    associatedtype Config: EncoderConfig

    var config: Config { get }

    /// Maps of images.
    ///
    /// Each map is what decoders are to see, so output norms belong to the encoder. It counts on any context: batch or
    /// running statistics, with and without noise.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised, sides of at least `config.smallestSide`.
    func callAsFunction(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid
}

extension Encoder {
    public var layout: FeaturePyramid.Layout { config.layout }
    public var smallestSide: Int { config.smallestSide }
    public var takesBoxes: Bool { false }
    public var weightParts: [WeightPart] { [WeightPart(path: "", names: config.weightNames)] }
    public func outputs(_ images: Tensor, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput] {
        maps(images, in: context).maps.enumerated().map { ForwardOutput("stage\($0 + 1)", $1) }
    }
}
