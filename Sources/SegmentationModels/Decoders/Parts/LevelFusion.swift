import NN
import TensorEngine

/// The maps of all levels, and the size they are brought to.
struct EmbeddedLevels {
    /// `[B, h_i, w_i, E]`
    let maps: [Tensor]
    let height: Int
    let width: Int

    /// The sum over levels of what `part` makes of each, given the level's channels in the concatenation of all.
    func sum(_ part: (_ level: Tensor, _ channels: Range<Int>) -> Tensor) -> Tensor {
        var sum: Tensor?
        var start = 0
        for level in maps {
            let addend = part(level, start..<start + level.shape[3])
            sum = sum.map { $0 + addend } ?? addend
            start += level.shape[3]
        }
        guard let sum else { preconditionFailure("EmbeddedLevels: needs at least one level") }
        return sum
    }

    /// `[B, h, w, C] -> [B, height, width, C]`
    func resized(_ map: Tensor) -> Tensor { map.resized(height: height, width: width) }
}

/// What makes one map `[B, height, width, C]` of the levels.
///
/// It reads them resized and side by side, as one map of `I` channels, which is never made: it works level by level, so
/// that only one level is held at full size.
protocol LevelFusion: Module {
    func callAsFunction(_ levels: EmbeddedLevels, in context: ForwardContext) -> Tensor
}

/// A plain 1x1 convolution with batch norm and ReLU.
final class PointwiseBranch: LevelFusion {
    private let layer: ConvBatchNormReLU

    init(inputs: Int, outputs: Int, in scope: ModuleScope) {
        layer = ConvBatchNormReLU(inputs: inputs, outputs: outputs, kernel: 1, in: scope)
    }

    var children: [(name: String, module: any Module)] { layer.children }

    /// A 1x1 convolution and bilinear resizing are both linear, one over channels and one over pixels, so they may
    /// change places: each level is multiplied with its columns of the weight at its own size, a third of the products.
    func callAsFunction(_ levels: EmbeddedLevels, in context: ForwardContext) -> Tensor {
        let sum = levels.sum { level, channels in
            levels.resized(level.linear(weight: layer.matrix(columns: channels), bias: nil))
        }
        return layer.norm(sum, in: context, relu: true)
    }
}
