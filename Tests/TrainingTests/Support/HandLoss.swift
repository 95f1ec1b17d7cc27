import Annotations
import DataLoading
import Foundation
import ImageIO
import TensorEngine

/// Cross-entropy added up pixel by pixel in double precision.
enum HandLoss {
    /// Probabilities of every pixel, image by image: `[B * side * side][classes]`.
    ///
    /// - Parameter logits: `[B, h, w, C]`, brought to the side of the crops.
    static func probabilities(_ logits: Tensor) -> [[Double]] {
        let scores = logits.resized(height: TinyTraining.side, width: TinyTraining.side).values().map(Double.init)
        let classes = logits.shape[3]
        return stride(from: 0, to: scores.count, by: classes).map { start in
            let powers = scores[start..<start + classes].map { exp($0) }
            let sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        }
    }

    /// Sum over the pixels that have a label.
    static func sum(_ logits: Tensor, labels: [UInt8]) -> Double {
        zip(probabilities(logits), labels).reduce(0) { sum, pixel in
            pixel.1 == 255 ? sum : sum - log(pixel.0[Int(pixel.1)])
        }
    }
}

extension Sequence<Sample> {
    /// Of all pixels, image by image.
    var allLabels: [UInt8] { flatMap { $0.annotation?.classes.pixels ?? [] } }
}
