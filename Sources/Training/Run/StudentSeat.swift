internal import Collectives
internal import DataLoading
internal import Mixing
internal import NN
internal import Randomness
internal import SegmentationModels
internal import TensorEngine

/// A student's place in the global batch, and what follows from it: its draws, and how its sums become global.
struct StudentSeat {
    let students: any ProcessGroup
    let seed: UInt64
    /// The student's images in the global batch.
    let slots: Range<Int>
    /// Images of each domain in a step, over all students.
    let globalBatch: Int
    /// Pixels of a crop.
    let cropPixels: Int
    let statistics: StatisticsScope
    let recomputation: Recomputation
    /// Share of the detail branch in the loss of a network of two resolutions, in `0...1` (HRDA: 0.1).
    let detailLossWeight: Float

    /// Normalised and mixed batches, whose draws follow the slots.
    var batches: BatchBuilder { BatchBuilder(seed: seed) }

    /// Batch statistics and dropout of a pass that is learnt from.
    func trainingContext(_ step: Int, pass: String) -> ForwardContext {
        var context = ForwardContext(
            batchStatistics: .batch(reduce: statistics.reducer(over: students)),
            noise: NoiseSource(seed: seed, step: step, pass: pass, slots: Array(slots)))
        context.recomputation = recomputation
        return context
    }

    /// What a network says in a pass that is learnt from. With two resolutions the pass has a detail window of its own,
    /// the same for the whole global batch (HRDA code).
    func output(
        of network: SegmentationNetwork, _ images: Tensor, _ step: Int, pass: String
    ) -> SegmentationNetwork.Output {
        var random = RandomStream(seed: seed, "detail window/\(pass)", step: step)
        let window = network.multiResolution?.drawWindow(
            cropHeight: images.shape[1], cropWidth: images.shape[2], using: &random)
        return network(images, detail: window, in: trainingContext(step, pass: pass))
    }

    /// The student's part of `sum of w * cross-entropy / number of pixels` over the global batch. Ignored pixels add
    /// nothing and count (DAFormer code). With two resolutions it is `(1 - d) * fused + d * detail`, the detail's over
    /// the pixels of its window (HRDA, arXiv:2204.13132, equation 11).
    func supervisedLoss(_ output: SegmentationNetwork.Output, _ batch: TrainingBatch) -> Tensor {
        let loss = crossEntropy(output.logits, batch, pixels: cropPixels)
        guard let detail = output.detail else { return loss }
        let window = batch.cropped(to: detail.window)
        let detailLoss = crossEntropy(detail.logits, window, pixels: window.height * window.width)
        return loss * (1 - detailLossWeight) + detailLoss * detailLossWeight
    }

    /// - Parameter logits: `[B, h, w, C]`; upsampled to the size of the labels.
    private func crossEntropy(_ logits: Tensor, _ batch: TrainingBatch, pixels: Int) -> Tensor {
        let sum = logits.upsampledCrossEntropy(labels: batch.targets, weights: batch.pixelWeights, ignoreIndex: 255)
        return sum / Float(globalBatch * pixels)
    }

    /// The sum of a whole number, a tensor of one element, over all students. It comes back to the host only where
    /// there are several.
    func globalSum(_ value: Tensor) throws(CollectiveError) -> Tensor {
        students.size == 1 ? value.detached() : Tensor(Float(try students.sum(Double(value.item()))))
    }

    /// Sums over all students, element by element.
    func makeGlobal(_ values: inout [Double]) throws(CollectiveError) { try students.allReduce(&values, .sum) }

    /// The student's share of a loss that every student has computed for the global batch.
    func share(of loss: Tensor) -> Tensor { loss / Float(students.size) }

    /// What share of all pixels of the global batch `count` pixels of each student are.
    func globalShare(of count: Int) throws(CollectiveError) -> Double {
        try Double(students.sum(count)) / Double(globalBatch * cropPixels)
    }

    /// The label values that occur in the source images of any student, ascending.
    func globalClasses(of samples: [Sample]) throws(CollectiveError) -> [UInt8] {
        var presence = ClassPresence(of: samples)
        try students.allReduce(&presence.sampleCounts, .sum)
        return presence.classes
    }
}

extension StatisticsScope {
    /// What makes the sums of batch normalisation global; nil where they stay local.
    func reducer(over group: any ProcessGroup) -> ((inout [Double]) -> Void)? {
        guard self == .global, group.size > 1 else { return nil }
        return { sums in
            do {
                try group.allReduce(&sums, .sum)
            } catch {
                // There is no way back through a forward or backward pass, and the other ranks wait: end the job.
                group.end(with: error)
            }
        }
    }
}
