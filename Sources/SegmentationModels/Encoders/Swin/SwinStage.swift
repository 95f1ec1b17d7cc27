import NN
import TensorEngine

/// One stage: blocks whose windows are shifted in every second one, and, but in the last stage, the step to the next.
final class SwinStage: Module {
    private let blocks: [SwinBlock]
    /// nil after the last stage.
    private let merging: PatchMerging?
    private let window: Int

    init(index: Int, _ config: Swin.Config, dropPathRates: [Float], in scope: ModuleScope) {
        let (channels, place) = (config.channels[index], scope.child("blocks"))
        blocks = dropPathRates.enumerated().map { block, rate in
            SwinBlock(
                channels: channels, heads: config.heads[index], window: config.window, expansion: config.expansion,
                dropPathRate: rate, in: place.child("\(block)"))
        }
        merging = index == config.depths.count - 1
            ? nil : PatchMerging(channels: channels, in: scope.child("downsample"))
        window = config.window
    }

    var children: [(name: String, module: any Module)] {
        blocks.enumerated().map { ("blocks.\($0)", $1) } + (merging.map { [("downsample", $0)] } ?? [])
    }

    /// - Parameter map: `[B, H, W, C]`
    /// - Returns: the stage's map, of the same shape, and what the next stage begins with, `[B, ceil(H / 2),
    ///   ceil(W / 2), 2 C]`; after the last stage the map itself.
    func callAsFunction(_ map: Tensor, in context: ForwardContext) -> (output: Tensor, next: Tensor) {
        let kinds = (0..<min(2, blocks.count)).map { ShiftedWindows(of: map, side: window, isShifted: $0 == 1) }
        var map = map
        for (index, block) in blocks.enumerated() { map = block(map, kinds[index % kinds.count], in: context) }
        return (map, merging?(map) ?? map)
    }
}

/// Four neighbouring cells become one of twice the channels.
private final class PatchMerging: Module {
    private let norm: LayerNorm
    private let reduction: Linear

    init(channels: Int, in scope: ModuleScope) {
        norm = LayerNorm(4 * channels, epsilon: layerNormEpsilon, in: scope.child("norm"))
        reduction = Linear(
            inputs: 4 * channels, outputs: 2 * channels, hasBias: false, initialization: .normal(deviation: 0.02),
            in: scope.child("reduction"))
    }

    var children: [(name: String, module: any Module)] { [("norm", norm), ("reduction", reduction)] }

    /// `[B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), 2 C]`, with a row or a column of zeros where there is an odd
    /// number.
    func callAsFunction(_ map: Tensor) -> Tensor {
        let even = map.padded(toMultipleOf: 2)
        let (batch, height, width, channels) = (even.shape[0], even.shape[1] / 2, even.shape[2] / 2, even.shape[3])
        // Channels of the upper left cell, then of the lower left, upper right and lower right one.
        let neighbours = even.reshaped([batch, height, 2, width, 2, channels]).permuted([0, 1, 3, 4, 2, 5])
        return reduction(norm(neighbours.reshaped([batch, height, width, 4 * channels])))
    }
}
