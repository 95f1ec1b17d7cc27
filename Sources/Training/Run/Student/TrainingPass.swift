internal import Annotations
internal import Collectives
package import NN
internal import Randomness
package import SegmentationModels
package import TensorEngine

/// A pass that is learnt from: batch statistics, noise, the detail window, and the loss of what comes out.
package struct TrainingPass {
    let seat: StudentSeat
    private let reduceStatistics: StatisticsReduction?
    private let recomputation: Recomputation
    /// Share of the detail branch in the loss of a network of two resolutions, in `0...1` (HRDA: 0.1).
    private let detailLossWeight: Float

    /// - Parameter statistics: makes the sums of batch normalisation global; nil where they stay local.
    package init(
        _ seat: StudentSeat, statistics: StatisticsReduction?, recomputation: Recomputation,
        detailLossWeight: Float
    ) {
        self.seat = seat
        reduceStatistics = statistics
        self.recomputation = recomputation
        self.detailLossWeight = detailLossWeight
    }

    /// - Parameters:
    ///   - name: tells the draws of the passes of a step apart.
    ///   - slots: of the images; nil for all of the student.
    package func context(_ step: Int, _ name: String, slots: [Int]? = nil) -> ForwardContext {
        var context = ForwardContext(
            batchStatistics: .batch(reduceStatistics),
            noise: NoiseSource(seed: seat.seed, step: step, pass: name, slots: slots ?? Array(seat.slots)))
        context.recomputation = recomputation
        return context
    }

    /// What a network says. With two resolutions the pass has a detail window of its own, the same for the whole global
    /// batch (HRDA code).
    package func output(
        of network: SegmentationNetwork, _ images: Tensor, _ step: Int, _ name: String
    ) -> SegmentationNetwork.Output {
        var random = RandomStream(seed: seat.seed, .detailWindow(ofPass: name), step: step)
        let window = network.multiResolution?.drawWindow(
            cropHeight: images.shape[1], cropWidth: images.shape[2], using: &random)
        return network(images, detail: window, in: context(step, name))
    }

    /// The student's part of `sum of w * cross-entropy / number of pixels` over the global batch. Ignored pixels add
    /// nothing and count (DAFormer code). With two resolutions it is `(1 - d) * fused + d * detail`, the detail's over
    /// the pixels of its window (HRDA, arXiv:2204.13132, equation 11).
    package func loss(_ output: SegmentationNetwork.Output, _ batch: TrainingBatch) -> Tensor {
        let loss = crossEntropy(output.logits, batch, pixels: seat.cropPixels)
        guard let detail = output.detail else { return loss }
        let window = batch.cropped(to: detail.window)
        let detailLoss = crossEntropy(detail.logits, window, pixels: window.height * window.width)
        return loss * (1 - detailLossWeight) + detailLoss * detailLossWeight
    }

    /// - Parameter logits: `[B, h, w, C]`; upsampled to the size of the labels.
    private func crossEntropy(_ logits: Tensor, _ batch: TrainingBatch, pixels: Int) -> Tensor {
        let sum = logits.upsampledCrossEntropy(
            labels: batch.targets, weights: batch.pixelWeights, ignoreIndex: Int(Annotation.ignored))
        return sum / Float(seat.globalBatch * pixels)
    }
}
