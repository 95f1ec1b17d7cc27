import Annotations
import ImageIO
public import NN
public import TensorEngine

extension Mask2Former: ObjectDecoder {
    /// The losses of all predictions, each of which counts alike: `objectClasses`, `objectMasks` and `objectDice`, with
    /// their weights.
    ///
    /// What is global, in one call of `makeGlobal`:
    ///
    /// | sum over the images of all students | decides |
    /// |---|---|
    /// | queries, and those that have an object | divisor of `objectClasses`: the sum of the queries' weights |
    /// | objects | divisor of `objectMasks` and `objectDice`; at least 1 |
    ///
    /// Both are known before anything is matched, as a matching gives every object a query while there are some. An
    /// image without objects teaches its queries that there are none.
    ///
    /// - Note: the authors divide the cross-entropy by the weights of one rank's queries, and average over ranks; here
    ///   any number of students gives what one would.
    public func losses(
        _ pyramid: FeaturePyramid, _ batch: ObjectBatch, in context: ForwardContext
    ) throws -> [(name: String, loss: Tensor)] {
        precondition(
            pyramid.finest.shape[0] == batch.objects.count,
            "Mask2Former: maps of \(pyramid.finest.shape[0]) images, objects of \(batch.objects.count)")
        let targets = targets(of: batch, on: pyramid)
        let predictions = predictions(pyramid, in: context)
        let sums = MaskCriterion(rules: config.criterion).sums(
            predictions.map { ($0.classes, $0.embeddings) }, on: predictions[0].maskFeatures, targets,
            SlotDraws(of: batch))
        let queries = config.queries
        var counts = [
            Double(targets.count * queries), Double(targets.reduce(0) { $0 + min($1.count, queries) }),
            Double(targets.reduce(0) { $0 + $1.count }),
        ]
        try batch.makeGlobal(&counts)
        return terms(sums, queries: counts[0], matched: counts[1], objects: counts[2])
    }

    private func terms(
        _ sums: MaskCriterion.Sums, queries: Double, matched: Double, objects: Double
    ) -> [(name: String, loss: Tensor)] {
        let rules = config.criterion
        let weight = matched + Double(rules.noObject) * (queries - matched)
        let masks = max(1, objects)
        return [
            // Without objects, and without a weight for that, there is nothing to learn.
            ("objectClasses", sums.classes * (weight > 0 ? Float(Double(rules.classWeight) / weight) : 0)),
            ("objectMasks", sums.masks * Float(Double(rules.maskWeight) / masks)),
            ("objectDice", sums.dice * Float(Double(rules.diceWeight) / masks)),
        ]
    }

    /// Crowds are left out, and so are objects without a pixel, unless the setting keeps them.
    private func targets(of batch: ObjectBatch, on pyramid: FeaturePyramid) -> [MaskTargets] {
        let entered = entered(pyramid, height: batch.height, width: batch.width)
        return batch.objects.indices.map { image in
            let known = ObjectTargets(
                batch.objects[image] + regions(of: image, batch), classes: classes, where: config.learns)
            return MaskTargets(
                classes: known.classes, masks: known.masks, height: entered.height, width: entered.width)
        }
    }

    /// Of decoders that cover every pixel: what an image shows of each class that has no objects, one region a class.
    private func regions(of image: Int, _ batch: ObjectBatch) -> [AnnotatedObject] {
        guard classes != things else { return [] }
        guard let labels = batch.labels else {
            preconditionFailure(
                "Mask2Former: covers every pixel, and those of the pass '\(batch.pass)' have no classes")
        }
        let area = batch.height * batch.width
        let map = InstanceMap(
            height: batch.height, width: batch.width, channels: 1,
            pixels: labels[image * area..<(image + 1) * area].map { UInt16(truncatingIfNeeded: $0) })
        let masks = ObjectMask.masks(in: map)
        return classes.filter { !things.contains($0) }.compactMap { trainID in
            masks[UInt16(trainID)].map { AnnotatedObject(trainID: trainID, mask: $0) }
        }
    }
}
