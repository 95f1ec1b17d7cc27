import NN
import TensorEngine

/// Two hidden layers on what a box shows, then its class and a better box (Girshick, arXiv:1504.08083).
///
/// Children carry mmdetection's names. The first layer reads a map laid flat; files have its columns channel by
/// channel, we have them cell by cell, as maps lie in memory here.
final class BoxHead: Module {
    private let hidden: [Linear]
    private let classes: Linear
    private let deltas: Linear

    /// - Parameters:
    ///   - width: channels of the maps.
    ///   - things: classes of objects; one more is background.
    init(_ config: MaskRCNN.Boxes, width: Int, things: Int, in scope: ModuleScope) {
        let sizes = [config.size * config.size * width, config.hidden, config.hidden]
        hidden = (0..<2).map { layer in
            Linear(
                inputs: sizes[layer], outputs: sizes[layer + 1],
                initialization: .xavier(fanIn: sizes[layer], fanOut: sizes[layer + 1]), biasInitialization: .zeros,
                in: scope.child(Self.hiddenName(layer)))
        }
        func output(_ name: String, _ outputs: Int, deviation: Float) -> Linear {
            Linear(
                inputs: config.hidden, outputs: outputs, initialization: .normal(deviation: deviation),
                biasInitialization: .zeros, in: scope.child(name))
        }
        classes = output("fc_cls", things + 1, deviation: 0.01)
        deltas = output("fc_reg", 4 * things, deviation: 0.001)
    }

    private static func hiddenName(_ layer: Int) -> String { "shared_fcs.\(layer)" }
    /// The weight whose columns are those of a map, from the head's root.
    static let flatWeightName = "\(hiddenName(0)).weight"

    var children: [(name: String, module: any Module)] {
        hidden.enumerated().map { (Self.hiddenName($0), $1) } + [("fc_cls", classes), ("fc_reg", deltas)]
    }

    /// - Parameter features: `[R, size, size, width]`.
    /// - Returns: class logits `[R, things + 1]`, background last, and for each class in turn `dx, dy, dw, dh`,
    ///   `[R, 4 things]`.
    func callAsFunction(_ features: Tensor) -> (classes: Tensor, deltas: Tensor) {
        // [R, size, size, width] -> [R, size * size * width]
        let flat = features.reshaped([features.shape[0], features.shape.dropFirst().reduce(1, *)])
        let values = hidden.reduce(flat) { $1($0).relu() }
        return (classes(values), deltas(values))
    }
}
