import NN
import TensorEngine
import WeightFiles

/// One head for both resolutions, and the attention that decides between them (HRDA, arXiv:2204.13132).
///
/// Children carry the names of HRDA's checkpoints, `head` and `scale_attention`.
final class MultiResolutionHead: ParameterGrouping {
    /// Names of the children, here and in files.
    private static let (headName, attentionName) = ("head", "scale_attention")

    let config: MultiResolutionConfig
    let head: any Decoder
    /// A head on the context's features; nil where the attention is fixed.
    private let scaleAttention: (any Decoder)?

    /// - Parameters:
    ///   - decoder: the shared head, which says the sizes of the attention.
    ///   - inputs: what the encoder delivers.
    init(
        _ config: MultiResolutionConfig, _ decoder: any DecoderConfig, _ inputs: FeaturePyramid.Layout,
        classCount: Int, in scope: ModuleScope
    ) {
        config.check(stride: inputs.finest.stride)
        self.config = config
        head = decoder.makeDecoder(inputs, classCount: classCount, in: scope.child(Self.headName))
        let channels: Int? = switch config.attention {
        case .classWise: classCount
        case .singleChannel: 1
        case .fixed: nil
        }
        scaleAttention = channels.map {
            decoder.scaleAttention.makeDecoder(inputs, classCount: $0, in: scope.child(Self.attentionName))
        }
    }

    /// One without attention around a head that exists.
    init(sharing head: any Decoder) {
        var fixed = MultiResolutionConfig()
        fixed.attention = .fixed
        config = fixed
        self.head = head
        scaleAttention = nil
    }

    var children: [(name: String, module: any Module)] {
        [(Self.headName, head)] + (scaleAttention.map { [(Self.attentionName, $0)] } ?? [])
    }

    var parameterGroups: [ParameterGroup] {
        head.parameterGroups.map { $0.below(Self.headName) }
            + (scaleAttention?.parameterGroups.map { $0.below(Self.attentionName) } ?? [])
    }

    /// The share of detail in each cell of the context's logits, `[B, h, w, classCount]`, or with 1 for axes along
    /// which it does not change.
    ///
    /// - Parameter maps: of the context image.
    func attention(_ maps: FeaturePyramid, in context: ForwardContext) -> Tensor {
        if let scaleAttention { return scaleAttention.output(maps, in: context).logits.sigmoid() }
        guard config.attention == .fixed else {
            preconditionFailure("MultiResolutionHead: learnt attention without a head for it")
        }
        return Tensor(repeating: config.fixedAttention, shape: [1, maps.finest.shape[1], maps.finest.shape[2], 1])
    }

    /// `up(A) * Z_H + up((1 - A) * Z_L)`: detail where the attention says so, context elsewhere.
    ///
    /// - Parameters:
    ///   - contextLogits: `Z_L`, `[B, h, w, classCount]`.
    ///   - detailLogits: `Z_H` at the resolution of detail, zero where there is none.
    ///   - attention: `A`, as of `attention(_:in:)`.
    static func fused(context contextLogits: Tensor, detail detailLogits: Tensor, attention: Tensor) -> Tensor {
        let (height, width) = (detailLogits.shape[1], detailLogits.shape[2])
        return attention.resized(height: height, width: width) * detailLogits
            + ((1 - attention) * contextLogits).resized(height: height, width: width)
    }
}

// MARK: - Files

extension MultiResolutionHead {
    /// Names in files, which are recognised by those of the shared head.
    var weightNames: [WeightNames] { Self.weightNames(head.config) }

    static func weightNames(_ decoder: any DecoderConfig) -> [WeightNames] {
        decoder.weightNames.map { $0.below("\(headName).") }
    }

    /// What decides between resolutions in a file.
    static func attention(
        of file: WeightShapes, beside decoder: any DecoderConfig
    ) throws(WeightsError) -> MultiResolutionConfig.Attention {
        var attention = decoder.scaleAttention
        let channels = try attention.takeSizes(of: file.below("\(attentionName)."))
        return channels == 1 ? .singleChannel : .classWise
    }

    /// The shared head in a file.
    static func head(of file: WeightShapes) -> WeightShapes { file.below("\(headName).") }
}
