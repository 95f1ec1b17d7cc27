internal import Collectives
internal import DataLoading
internal import Mixing
internal import NN
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

    /// The student's part of `sum of w * cross-entropy / number of pixels` over the global batch. Ignored pixels add
    /// nothing and count (DAFormer code).
    ///
    /// - Parameter logits: `[B, h, w, C]`; upsampled to the size of the labels.
    func supervisedLoss(_ logits: Tensor, _ batch: TrainingBatch) -> Tensor {
        let sum = logits.upsampledCrossEntropy(labels: batch.targets, weights: batch.pixelWeights, ignoreIndex: 255)
        return sum / Float(globalBatch * cropPixels)
    }

    /// The sum of a value over all students.
    func globalSum(_ value: Double) throws(CollectiveError) -> Double { try students.sum(value) }

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

extension StrongAugmentationConfiguration {
    var config: StrongAugmentation.Config {
        StrongAugmentation.Config(
            jitterStrength: Float(jitterStrength), jitterThreshold: Float(jitterThreshold), blur: blur)
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
                StandardError.write("error on rank \(group.rank): \(error)\n")
                group.abort(code: 1)
            }
        }
    }
}
