internal import Annotations
internal import ImageIO
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
    ///   - places: of the images among those of the student that are learnt from; nil for all. Every student must have
    ///     some.
    ///   - losses: takes the terms.
    /// - Returns: their sum; nil for a network that finds no objects, and where an image of the global batch has none
    ///   to learn from: then all students skip the terms (mmdetection's fork of EDAPS).
    package func objectLoss(
        of network: SegmentationNetwork, _ features: FeaturePyramid, _ batch: TrainingBatch, _ step: Int,
        _ name: String,
        prefix: String = "", places: [Int]? = nil, _ sums: GlobalSums, _ losses: inout StepLosses
    ) throws -> Tensor? {
        guard let decoder = network.objectDecoder else { return nil }
        guard let objects = batch.objects else {
            preconditionFailure(
                "TrainingPass: the network finds objects, and those of the pass '\(name)' were not read")
        }
        let places = places ?? Array(objects.indices)
        let area = batch.height * batch.width
        let slots = places.map { seat.slots.lowerBound + $0 }
        let known = ObjectBatch(
            objects: places.map { objects[$0] }, labels: places.flatMap { batch.labels[$0 * area..<($0 + 1) * area] },
            height: batch.height, width: batch.width, slots: slots, seed: seat.seed, step: step, pass: name,
            makeGlobal: { try sums.makeGlobal(&$0) })
        let terms = try decoder.losses(features.images(places), known, in: context(step, name, slots: slots))
        for (term, loss) in terms { losses.append(prefix + term, loss) }
        return terms.dropFirst().reduce(terms.first?.loss) { sum, term in sum.map { $0 + term.loss } }
    }
}

extension FeaturePyramid {
    /// The maps of some of the images.
    fileprivate func images(_ places: [Int]) -> FeaturePyramid {
        guard places != Array(0..<finest.shape[0]) else { return self }
        return FeaturePyramid(
            layout,
            maps: maps.map { map in
                Tensor.concatenated(places.map { map.sliced($0..<$0 + 1, axis: 0) }, axis: 0)
            })
    }
}
