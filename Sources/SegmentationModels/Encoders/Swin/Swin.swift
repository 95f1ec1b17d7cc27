public import NN
public import TensorEngine

/// The hierarchical encoder with attention in shifted windows (Liu et al., "Swin Transformer", arXiv:2103.14030), as
/// dense prediction has it: any image size, maps of all four stages, each behind a layer norm of its own.
///
/// Children carry the names of the authors' release for detection and segmentation, which Mask2Former keeps.
///
///     let encoder = Swin(.tiny, in: ModuleScope(seed: 1))
///     let maps = encoder(images, in: .evaluation)     // strides 4, 8, 16, 32
public final class Swin: Encoder {
    public let config: Config
    private let embedding: PatchEmbedding
    private let stages: [SwinStage]
    /// Of what decoders see; the next stage reads the map before it.
    private let norms: [LayerNorm]

    /// - Precondition: four stages whose heads divide their channels.
    public init(_ config: Config, in scope: ModuleScope) {
        precondition(
            config.depths.count == 4 && config.heads.count == 4 && config.indivisibleStage == nil,
            "Swin: needs four stages whose heads divide their channels, got \(config)")
        self.config = config
        embedding = PatchEmbedding(outputs: config.width, in: scope.child("patch_embed"))
        let rates = config.dropPathRates
        let place = scope.child("layers")
        stages = (0..<4).map { SwinStage(index: $0, config, dropPathRates: rates[$0], in: place.child("\($0)")) }
        norms = config.channels.enumerated().map { stage, channels in
            LayerNorm(channels, epsilon: layerNormEpsilon, in: scope.child("norm\(stage)"))
        }
    }

    public var children: [(name: String, module: any Module)] {
        [("patch_embed", embedding)] + stages.enumerated().map { ("layers.\($0)", $1) }
            + norms.enumerated().map { ("norm\($0)", $1) }
    }

    /// Norms have the decay of norms, tables of relative positions none (Swin's code: `relative_position_bias_table`).
    public var parameterGroups: [ParameterGroup] {
        let tables = Set(namedParameters.map(\.name).filter { $0.hasSuffix(".\(WindowAttention.tableName)") })
        return encoderParameterGroups.map { group in
            ParameterGroup(
                group.name, learningRate: group.learningRate, weightDecay: group.weightDecay,
                parameters: group.parameters.filter { !tables.contains($0) })
        } + [
            ParameterGroup(
                "encoder positions", learningRate: .encoder, weightDecay: .none, parameters: tables.sorted())
        ]
    }

    /// Features of images at strides 4, 8, 16 and 32.
    ///
    /// - Parameter images: `[B, H, W, 3]`, normalised, of any size.
    /// - Returns: four maps `[B, ceil(H / s), ceil(W / s), C]`, each after its norm.
    public func callAsFunction(_ images: Tensor, in context: ForwardContext) -> FeaturePyramid {
        precondition(
            images.rank == 4 && images.shape[3] == 3, "Swin: images must be [B, H, W, 3], got \(images.shape)")
        var map = embedding(images)
        let maps = zip(stages, norms).map { stage, norm in
            let (output, next) = stage(map, in: context)
            map = next
            return norm(output)
        }
        return FeaturePyramid(config.layout, maps: maps)
    }
}

/// Every program adds this to the variance in every layer norm of the encoder: PyTorch's default.
let layerNormEpsilon: Float = 1e-5

/// A convolution of squares that lie side by side, then a norm over channels.
private final class PatchEmbedding: Module {
    private static let side = 4

    private let projection: Conv2d
    private let norm: LayerNorm

    init(outputs: Int, in scope: ModuleScope) {
        projection = Conv2d(inputs: 3, outputs: outputs, kernel: Self.side, stride: Self.side, in: scope.child("proj"))
        norm = LayerNorm(outputs, epsilon: layerNormEpsilon, in: scope.child("norm"))
    }

    var children: [(name: String, module: any Module)] { [("proj", projection), ("norm", norm)] }

    /// `[B, H, W, 3] -> [B, ceil(H / 4), ceil(W / 4), C]`, with zeros around what is no multiple of 4.
    func callAsFunction(_ images: Tensor) -> Tensor { norm(projection(images.padded(toMultipleOf: Self.side))) }
}

extension Tensor {
    /// Maps `[B, H, W, C]` with zeros at the right and at the bottom.
    func padded(toMultipleOf side: Int) -> Tensor {
        func length(_ cells: Int) -> Int { (cells + side - 1) / side * side }
        return placed(inHeight: length(shape[1]), width: length(shape[2]), top: 0, left: 0)
    }
}
