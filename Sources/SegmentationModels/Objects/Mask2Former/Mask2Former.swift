public import NN
import TensorEngine

/// Mask2Former (Cheng et al., arXiv:2112.01527): a number of queries, each of which becomes a class and a mask. A pixel
/// decoder refines the encoder's maps by deformable attention; a transformer decoder lets queries look at one of these
/// maps after another, inside the mask that the layer before gave them.
///
/// It needs no boxes, anchors or suppression. Children carry the authors' names (`sem_seg_head.pixel_decoder`,
/// `sem_seg_head.predictor`).
public final class Mask2Former: ParameterGrouping {
    public let config: Config
    public let things: [UInt8]
    public var soughtThings: Set<UInt8>?
    /// Train ids of its classes, by place.
    let classes: [UInt8]
    let inputs: FeaturePyramid.Layout
    private let pixelDecoder: PixelDecoder
    private let transformer: MaskedTransformer

    /// Names of the children; the first is that of the authors' head around both.
    static let (headName, pixelDecoderName, transformerName) = ("sem_seg_head", "pixel_decoder", "predictor")

    /// - Parameters:
    ///   - things: train ids of the classes of objects, ascending.
    ///   - classCount: of the network.
    /// - Precondition: there is a class; the encoder has at least two maps; the width is a multiple of four, of the
    ///   heads and of the groups of norms.
    public init(
        _ config: Config, _ inputs: FeaturePyramid.Layout, things: [UInt8], classCount: Int, in scope: ModuleScope
    ) {
        precondition(
            inputs.levels.count >= 2,
            "Mask2Former: needs an encoder of at least two maps, got those of strides \(inputs.levels.map(\.stride))")
        let classes = config.classes == .all ? (0..<classCount).map { UInt8($0) } : things
        precondition(!classes.isEmpty, "Mask2Former: needs classes of objects")
        self.config = config
        self.things = things
        self.classes = classes
        self.inputs = inputs
        let head = scope.child(Self.headName)
        pixelDecoder = PixelDecoder(config, inputs, in: head.child(Self.pixelDecoderName))
        transformer = MaskedTransformer(
            config, levels: inputs.levels.count - 1, classCount: classes.count, in: head.child(Self.transformerName))
    }

    /// As the authors pad them, after they were normalised.
    public var imageMultiple: Int { inputs.deepest.stride }

    public var children: [(name: String, module: any Module)] {
        [
            ("\(Self.headName).\(Self.pixelDecoderName)", pixelDecoder),
            ("\(Self.headName).\(Self.transformerName)", transformer),
        ]
    }

    /// Norms and embeddings do not decay; biases and the level embedding of the pixel decoder do, as in the authors'
    /// code.
    public var parameterGroups: [ParameterGroup] {
        let spared = Set(
            parameterNamesByLayer.norms
                + MaskedTransformer.embeddingNames.map { "\(Self.headName).\(Self.transformerName).\($0)" })
        let names = namedParameters.map(\.name)
        return [
            ParameterGroup("mask decoder", learningRate: .head, parameters: names.filter { !spared.contains($0) }),
            ParameterGroup(
                "mask decoder's norms and embeddings", learningRate: .head, weightDecay: .none,
                parameters: names.filter { spared.contains($0) }),
        ]
    }
}

// MARK: - The network

extension Mask2Former {
    /// What is said of every query before the first layer and after each, the last of which is the result.
    ///
    /// - Parameter pyramid: of the layout it was made for.
    /// - Returns: one more than there are layers.
    func predictions(_ pyramid: FeaturePyramid, in context: ForwardContext) -> [Prediction] {
        precondition(
            pyramid.layout == inputs, "Mask2Former: made for maps of \(inputs.levels), got \(pyramid.layout.levels)")
        return transformer(pixelDecoder(pyramid, in: context), in: context)
    }

    /// The result alone.
    func result(_ pyramid: FeaturePyramid, in context: ForwardContext) -> Prediction {
        let predictions = predictions(pyramid, in: context)
        return predictions[predictions.count - 1]
    }
}

/// What is said of all queries of all images.
///
/// Masks are no part of it, but made where they are asked for: most users need those of some queries, or at some
/// points.
struct Prediction {
    /// Logits `[B, Q, K + 1]`, the last of which is that there is no object.
    let classes: Tensor
    /// `[B, Q, C]`: its inner product with the features of a pixel is that pixel's mask logit.
    let embeddings: Tensor
    /// `[B, h, w, C]` at the encoder's finest stride, the same for all predictions of a pass.
    let maskFeatures: Tensor

    var imageCount: Int { classes.shape[0] }
    var queryCount: Int { classes.shape[1] }
    /// Without that for no object.
    var classCount: Int { classes.shape[2] - 1 }

    /// Mask logits `[B, Q, h, w]`, made anew with each call.
    var masks: Tensor { embeddings.masks(on: maskFeatures) }
}

extension Tensor {
    /// Inner products of embeddings `[B, Q, C]` and the cells of maps `[B, h, w, C]`: `[B, Q, h, w]`.
    func masks(on features: Tensor) -> Tensor {
        let (height, width) = (features.shape[1], features.shape[2])
        let cells = features.reshaped([features.shape[0], height * width, features.shape[3]])
        return product(cells, transposingRight: true).reshaped([shape[0], shape[1], height, width])
    }
}
