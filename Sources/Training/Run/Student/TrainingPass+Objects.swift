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
    ///   - places: of the images among those of the student that are learnt from; nil for all. Every student must have some.
    ///   - losses: takes the terms.
    /// - Returns: their sum; nil for a network that finds no objects, and where an image of the global batch has none to
    ///   learn from: then all students skip the terms (mmdetection's fork of EDAPS).
    package func objectLoss(
        of network: SegmentationNetwork, _ features: FeaturePyramid, _ batch: TrainingBatch, _ step: Int, _ name: String,
        prefix: String = "", places: [Int]? = nil, _ sums: GlobalSums, _ losses: inout StepLosses
    ) throws -> Tensor? {
        guard let decoder = network.objectDecoder else { return nil }
        guard let objects = batch.objects else {
            preconditionFailure("TrainingPass: the network finds objects, and those of the pass '\(name)' were not read")
        }
        let places = places ?? Array(objects.indices)
        let coversPixels = decoder.labelsPixels(of: network.classCount)
        let slots = places.map { seat.slots.lowerBound + $0 }
        let known = ObjectBatch(
            objects: places.map { objects[$0] + (coversPixels ? batch.regions(of: $0, besides: decoder.things) : []) },
            height: batch.height, width: batch.width, slots: slots, seed: seat.seed,
            step: step, pass: name, makeGlobal: { try sums.makeGlobal(&$0) })
        let terms = try decoder.losses(features.images(places), known, in: context(step, name, slots: slots))
        for (term, loss) in terms { losses.append(prefix + term, loss) }
        return terms.dropFirst().reduce(terms.first?.loss) { sum, term in sum.map { $0 + term.loss } }
    }
}

extension TrainingBatch {
    /// The pixels of each class of an image that has no objects, for what learns every class as regions.
    ///
    /// - Parameter things: train ids of the classes that have.
    func regions(of image: Int, besides things: [UInt8]) -> [AnnotatedObject] {
        let area = height * width
        let classes = labels[image * area..<(image + 1) * area].map { UInt32(clamping: $0) }
        let masks = ObjectMask.masks(in: PixelImage<UInt32>(height: height, width: width, channels: 1, pixels: classes))
        return masks.sorted { $0.key < $1.key }.compactMap { label, mask in
            let trainID = UInt8(clamping: label)
            return trainID == Annotation.ignored || things.contains(trainID)
                ? nil : AnnotatedObject(trainID: trainID, mask: mask)
        }
    }
}

extension FeaturePyramid {
    /// The maps of some of the images.
    fileprivate func images(_ places: [Int]) -> FeaturePyramid {
        guard places != Array(0..<finest.shape[0]) else { return self }
        return FeaturePyramid(
            layout, maps: maps.map { map in
                Tensor.concatenated(places.map { map.sliced($0..<$0 + 1, axis: 0) }, axis: 0)
            })
    }
}
