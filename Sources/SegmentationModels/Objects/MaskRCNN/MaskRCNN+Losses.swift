import Detection
public import NN
public import TensorEngine

extension MaskRCNN: ObjectDecoder {
    /// The five losses of Mask R-CNN (mmdetection; each of weight 1): binary cross-entropy of sampled anchors and L1 of
    /// the positive ones' differences; cross-entropy of sampled regions' classes, L1 of the positive ones' differences
    /// for their object's class, and binary cross-entropy of their object's class's mask. Proposals are constants.
    ///
    /// What is global, in one call of `makeGlobal`:
    ///
    /// | sum over the images of all students | decides |
    /// |---|---|
    /// | images without an object to learn from | where there is one, all skip |
    /// | `max(positive anchors, 1) + max(negative anchors, 1)` | divisor of `proposalScores` and `proposalBoxes` |
    /// | sampled regions | divisor of `objectClasses` and `objectBoxes` |
    /// | positive regions | divisor of `objectMasks`, times the pixels of a mask |
    ///
    /// - Note: a student that has such an image says so at once; one that has none learns it after its proposals.
    ///   Asking before would save those a pyramid in a few steps, and cost all a meeting in every step.
    public func losses(
        _ pyramid: FeaturePyramid, _ batch: ObjectBatch, in context: ForwardContext
    ) throws -> [(name: String, loss: Tensor)] {
        precondition(
            pyramid.finest.shape[0] == batch.objects.count,
            "MaskRCNN: maps of \(pyramid.finest.shape[0]) images, objects of \(batch.objects.count)")
        let targets = batch.objects.map { ObjectTargets($0, classes: things, where: config.learns) }
        var sums = [Double](repeating: 0, count: 4)
        sums[0] = Double(targets.filter(\.isEmpty).count)
        guard sums[0] == 0 else {
            try batch.makeGlobal(&sums)
            return []
        }
        let levels = regionMaps(pyramid)
        let scores = AnchorScores(scores: levels.scores, deltas: levels.deltas, anchorGenerator)
        let samples = concurrently(targets.count) { image in
            self.samples(targets[image], scores.anchors, scores.levels(of: image), image: image, batch)
        }
        for image in samples {
            sums[1] += Double(image.anchorDivisor)
            sums[2] += Double(image.regions.count)
            sums[3] += Double(image.positiveCount)
        }
        try batch.makeGlobal(&sums)
        guard sums[0] == 0 else { return [] }
        return proposalLosses(scores, samples, divisor: sums[1])
            + regionLosses(levels.maps, samples, divisor: sums[2])
            + maskLosses(levels.maps, samples, divisor: sums[3])
    }
}

// MARK: - Terms

extension MaskRCNN {
    private typealias Terms = [(name: String, loss: Tensor)]

    private func proposalLosses(_ scores: AnchorScores, _ samples: [ImageSamples], divisor: Double) -> Terms {
        func rows(_ places: (BalancedSampler.Sample) -> [Int]) -> [Int32] {
            samples.enumerated().flatMap { image, sample in scores.rows(of: places(sample.anchors), image: image) }
        }
        let (positives, negatives) = (rows(\.positives), rows(\.negatives))
        let logits = scores.scores.gathered(vector(positives + negatives))
        let isObject = [Float](repeating: 1, count: positives.count) + [Float](repeating: 0, count: negatives.count)
        let score = logits.binaryCrossEntropySum(targets: Tensor(isObject, shape: [isObject.count]))
        let box = scores.deltas.gathered(vector(positives)).absoluteErrorSum(
            targets: Tensor(samples.flatMap(\.anchorDeltas), shape: [positives.count, 4]))
        return [("proposalScores", score / Float(divisor)), ("proposalBoxes", box / Float(divisor))]
    }

    private func regionLosses(_ maps: [Tensor], _ samples: [ImageSamples], divisor: Double) -> Terms {
        let (classes, deltas) = boxScores(maps, regions(samples.map(\.regions)))
        let score = classes.crossEntropy(labels: vector(samples.flatMap(\.classes)), ignoreIndex: -1)
        // Of the four differences for each class only those for the object's own are learned.
        var (rows, first) = ([Int32](), Int32(0))
        for sample in samples {
            for place in 0..<sample.positiveCount {
                rows.append((first + Int32(place)) * Int32(things.count) + sample.classes[place])
            }
            first += Int32(sample.regions.count)
        }
        let box = deltas.reshaped([deltas.count / 4, 4]).gathered(vector(rows)).absoluteErrorSum(
            targets: Tensor(samples.flatMap(\.deltas), shape: [rows.count, 4]))
        return [("objectClasses", score / Float(divisor)), ("objectBoxes", box / Float(divisor))]
    }

    private func maskLosses(_ maps: [Tensor], _ samples: [ImageSamples], divisor: Double) -> Terms {
        let classes = samples.flatMap { $0.classes.prefix($0.positiveCount) }
        // A student may have none while others have some, where a setting allows hardly any positives.
        guard !classes.isEmpty else { return [("objectMasks", Tensor(0))] }
        let logits = maskLogits(maskScores(maps, regions(samples.map { Array($0.positives) })), ofClasses: classes)
        let loss = logits.binaryCrossEntropySum(targets: Tensor(samples.flatMap(\.masks), shape: logits.shape))
        return [("objectMasks", loss / Float(divisor * Double(logits.count / classes.count)))]
    }

    /// Of the masks of every class, `[R, side, side, things]`, that of one class for each region, `[R * side * side]`.
    func maskLogits(_ scores: Tensor, ofClasses classes: [Int32]) -> Tensor {
        let (pixels, count) = (Int32(scores.shape[1] * scores.shape[2]), Int32(things.count))
        let places = classes.enumerated().flatMap { region, classIndex in
            (0..<pixels).map { pixel in (Int32(region) * pixels + pixel) * count + classIndex }
        }
        return scores.reshaped([scores.count]).gathered(vector(places))
    }

    private func vector(_ values: [Int32]) -> IndexTensor { IndexTensor(values, shape: [values.count]) }
}
