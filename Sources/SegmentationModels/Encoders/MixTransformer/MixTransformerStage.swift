import NN
import TensorEngine

/// One stage: patch embedding, blocks, norm. Its modules are named as children of the encoder, as in the original
/// release: `patch_embed1`, `block1.0`, `block1.1`, …, `norm1`.
final class MixTransformerStage {
    private let number: Int
    private let embedding: OverlapPatchEmbedding
    private let blocks: [MixTransformerBlock]
    private let norm: LayerNorm

    init(index: Int, _ config: MixTransformer.Config, dropPathRates: [Float], in scope: ModuleScope) {
        number = index + 1
        let channels = config.channels[index]
        embedding = OverlapPatchEmbedding(
            inputs: index == 0 ? 3 : config.channels[index - 1], outputs: channels, kernel: index == 0 ? 7 : 3,
            stride: index == 0 ? 4 : 2, in: scope.child("patch_embed\(number)"))
        let place = scope.child("block\(number)")
        blocks = dropPathRates.enumerated().map { block, rate in
            MixTransformerBlock(
                channels: channels, heads: config.heads[index], reduction: config.reductions[index],
                expansion: config.expansion, dropPathRate: rate, in: place.child("\(block)"))
        }
        norm = LayerNorm(channels, epsilon: 1e-6, in: scope.child("norm\(number)"))
    }

    var namedModules: [(name: String, module: any Module)] {
        [("patch_embed\(number)", embedding)]
            + blocks.enumerated().map { ("block\(number).\($0)", $1) }
            + [("norm\(number)", norm)]
    }

    func apply(_ epsilons: LayerNormEpsilons) {
        embedding.norm.epsilon = epsilons.embeddings
        for block in blocks { block.apply(epsilons) }
        norm.epsilon = epsilons.blocks
    }

    /// `[B, H, W, I] -> [B, H / stride, W / stride, C]`
    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> Tensor {
        var map = embedding(map)
        for block in blocks { map = block(map, in: context) }
        return norm(map)
    }
}

/// A strided convolution whose windows overlap, then a norm over channels.
final class OverlapPatchEmbedding: Module {
    let projection: Conv2d
    let norm: LayerNorm

    init(inputs: Int, outputs: Int, kernel: Int, stride: Int, in scope: ModuleScope) {
        projection = Conv2d(
            inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2,
            initialization: .kaiming(fanOut: kernel * kernel * outputs), biasInitialization: .zeros,
            in: scope.child("proj"))
        norm = LayerNorm(outputs, epsilon: 1e-5, in: scope.child("norm"))
    }

    var children: [(name: String, module: any Module)] { [("proj", projection), ("norm", norm)] }

    /// `[B, H, W, I] -> [B, H', W', O]`
    func callAsFunction(_ map: Tensor) -> Tensor { norm(projection(map)) }
}
