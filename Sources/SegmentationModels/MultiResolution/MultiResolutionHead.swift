import NN
import TensorEngine

/// One head for both resolutions, and the attention that decides between them (HRDA, arXiv:2204.13132).
///
/// Children carry the names of HRDA's checkpoints, `head` and `scale_attention`.
final class MultiResolutionHead: Module {
    let config: MultiResolutionConfig
    let head: DAFormerHead
    /// A head on the context's features whose fusion is a single convolution; nil where the attention is fixed.
    private let scaleAttention: DAFormerHead?

    /// - Parameter headConfig: of the shared head; the attention has its widths.
    init(_ config: MultiResolutionConfig, head headConfig: DAFormerHead.Config, in scope: ModuleScope) {
        config.check()
        self.config = config
        head = DAFormerHead(headConfig, in: scope.child("head"))
        var attention = headConfig
        attention.fusion = .pointwise
        let place = scope.child("scale_attention")
        switch config.attention {
        case .classWise:
            scaleAttention = DAFormerHead(attention, in: place)
        case .singleChannel:
            attention.classCount = 1
            scaleAttention = DAFormerHead(attention, in: place)
        case .fixed:
            scaleAttention = nil
        }
    }

    /// One without attention around a head that exists.
    init(sharing head: DAFormerHead) {
        var fixed = MultiResolutionConfig()
        fixed.attention = .fixed
        config = fixed
        self.head = head
        scaleAttention = nil
    }

    var children: [(name: String, module: any Module)] {
        [("head", head)] + (scaleAttention.map { [("scale_attention", $0)] } ?? [])
    }

    /// The share of detail in each cell of the context's logits, `[B, h, w, classCount]`, or with 1 for axes along
    /// which it does not change.
    ///
    /// - Parameter maps: of the context image.
    func attention(_ maps: [Tensor], in context: ForwardContext) -> Tensor {
        if let scaleAttention { return scaleAttention(maps, in: context).sigmoid() }
        guard config.attention == .fixed else {
            preconditionFailure("MultiResolutionHead: learnt attention without a head for it")
        }
        return Tensor(repeating: config.fixedAttention, shape: [1, maps[0].shape[1], maps[0].shape[2], 1])
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
