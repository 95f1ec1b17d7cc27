import NN
import TensorEngine

/// Says of every anchor of a map how much it looks like an object, and where the object's box lies from it (Ren et al.,
/// arXiv:1506.01497, section 3.1). One head for all levels.
///
/// Children carry mmdetection's names.
final class RegionProposalHead: Module {
    private let convolution: Conv2d
    private let scores: Conv2d
    private let deltas: Conv2d

    /// - Parameters:
    ///   - width: channels of the maps.
    ///   - anchors: of one cell.
    init(width: Int, anchors: Int, in scope: ModuleScope) {
        func convolution(_ name: String, outputs: Int, kernel: Int) -> Conv2d {
            Conv2d(
                inputs: width, outputs: outputs, kernel: kernel, padding: kernel / 2,
                initialization: .normal(deviation: 0.01), biasInitialization: .zeros, in: scope.child(name))
        }
        self.convolution = convolution("rpn_conv", outputs: width, kernel: 3)
        scores = convolution("rpn_cls", outputs: anchors, kernel: 1)
        deltas = convolution("rpn_reg", outputs: 4 * anchors, kernel: 1)
    }

    var children: [(name: String, module: any Module)] {
        [("rpn_conv", convolution), ("rpn_cls", scores), ("rpn_reg", deltas)]
    }

    /// - Parameter map: `[B, h, w, width]`.
    /// - Returns: logits of being an object `[B, h, w, A]`, and for each anchor in turn `dx, dy, dw, dh`, `[B, h, w, 4
    ///   A]`.
    func callAsFunction(_ map: Tensor) -> (scores: Tensor, deltas: Tensor) {
        let hidden = convolution(map).relu()
        return (scores(hidden), deltas(hidden))
    }
}
