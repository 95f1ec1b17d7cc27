internal import Annotations
internal import NN
package import SegmentationModels
package import TensorEngine

extension TrainingPass {
    /// The student's part of the losses of a network's object decoder over the global batch. Collective over the
    /// students.
    ///
    /// - Parameters:
    ///   - features: of the batch's images.
    ///   - batch: whose objects are known.
    ///   - name: of the pass that the features are from.
    ///   - prefix: before the names of the terms, to tell several passes of a step apart in the log.
    ///   - losses: takes the terms.
    /// - Returns: their sum; nil for a network that finds no objects, and where an image of the global batch has none to
    ///   learn from: then all students skip the terms (mmdetection's fork of EDAPS).
    package func objectLoss(
        of network: SegmentationNetwork, _ features: FeaturePyramid, _ batch: TrainingBatch, _ step: Int, _ name: String,
        prefix: String = "", _ sums: GlobalSums, _ losses: inout StepLosses
    ) throws -> Tensor? {
        guard let decoder = network.objectDecoder else { return nil }
        guard let objects = batch.objects else {
            preconditionFailure("TrainingPass: the network finds objects, and those of the pass '\(name)' were not read")
        }
        let known = ObjectBatch(
            objects: objects, labels: batch.labels, height: batch.height, width: batch.width, slots: Array(seat.slots),
            seed: seat.seed, step: step, pass: name, makeGlobal: { try sums.makeGlobal(&$0) })
        let terms = try decoder.losses(features, known, in: context(step, name))
        for (term, loss) in terms { losses.append(prefix + term, loss) }
        return terms.dropFirst().reduce(terms.first?.loss) { sum, term in sum.map { $0 + term.loss } }
    }
}
