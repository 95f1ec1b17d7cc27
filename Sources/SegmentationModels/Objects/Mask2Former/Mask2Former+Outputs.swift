public import Detection
public import NN
import TensorEngine

extension Mask2Former {
    /// `class_logits` `[B, Q, K + 1]` and `mask_logits` `[B, Q, h, w]` of the result, `mask_features`, and
    /// `aux0.class_logits`, … of the predictions before it, from that of the untouched queries.
    public func outputs(_ pyramid: FeaturePyramid, boxes: [[Box]]?, in context: ForwardContext) -> [ForwardOutput] {
        let predictions = predictions(pyramid, in: context)
        let last = predictions.count - 1
        func named(_ prefix: String, _ prediction: Prediction) -> [ForwardOutput] {
            [
                ForwardOutput("\(prefix)class_logits", prediction.classes),
                // As a map of queries, [B, h, w, Q].
                ForwardOutput("\(prefix)mask_logits", prediction.masks.permuted([0, 2, 3, 1])),
            ]
        }
        return named("", predictions[last]) + [ForwardOutput("mask_features", predictions[last].maskFeatures)]
            + predictions[..<last].enumerated().flatMap { named("aux\($0).", $1) }
    }
}
