import Detection
package import TensorEngine

/// The losses of predictions of queries (Mask2Former, arXiv:2112.01527, section 3.3, and its code): of each prediction
/// with a matching and random points of its own.
///
/// - classes: cross-entropy of all queries, those without an object as "no object" and with a weight of their own;
/// - masks: binary cross-entropy of matched queries, the mean over points;
/// - Dice: `1 - (2 sum p t + 1) / (sum p + sum t + 1)` of matched queries.
///
/// Points carry no gradient.
package struct MaskCriterion {
    private let rules: Mask2Former.Criterion

    package init(rules: Mask2Former.Criterion) { self.rules = rules }

    /// What is said of all queries of all images: logits `[B, Q, K + 1]`, the last of which is that there is no object,
    /// and embeddings `[B, Q, C]`, whose inner product with the features of a pixel is that pixel's mask logit.
    package typealias QueryOutputs = (classes: Tensor, embeddings: Tensor)

    /// The student's sums over queries and objects; what they are divided by is global.
    package struct Sums {
        package fileprivate(set) var (classes, masks, dice): (Tensor, Tensor, Tensor)

        fileprivate static func + (left: Sums, right: Sums) -> Sums {
            Sums(
                classes: left.classes + right.classes, masks: left.masks + right.masks, dice: left.dice + right.dice)
        }
    }

    /// - Parameters:
    ///   - predictions: of one pass, at least one.
    ///   - features: `[B, h, w, C]`
    ///   - targets: of every image.
    /// - Returns: the sums over all predictions. Where the network's outputs are no numbers, nothing can be matched,
    ///   and a sum is none either: all students skip such a step.
    package func sums(
        _ predictions: [QueryOutputs], on features: Tensor, _ targets: [MaskTargets], _ draws: some PointDraws
    ) -> Sums {
        // Cut once for all predictions: their gradients are added up before they are put in place.
        let features = targets.indices.map { features.sliced($0..<$0 + 1, axis: 0).droppingFirst() }
        let sums = predictions.enumerated().map { number, prediction in
            self.sums(prediction, features, targets, number, draws)
        }
        return sums.dropFirst().reduce(sums[0], +)
    }

    private func sums(
        _ prediction: QueryOutputs, _ features: [Tensor], _ targets: [MaskTargets], _ number: Int,
        _ draws: some PointDraws
    ) -> Sums {
        let (queries, classes) = (prediction.classes.shape[1], prediction.classes.shape[2] - 1)
        let probabilities = withoutGradients { prediction.classes.softmax().values() }
        var labels = [Int32](repeating: Int32(classes), count: targets.count * queries)
        var sums = Sums(classes: Tensor(0), masks: Tensor(0), dice: Tensor(0))
        for (image, known) in targets.enumerated() where known.count > 0 {
            let embeddings = prediction.embeddings.sliced(image..<image + 1, axis: 0).droppingFirst()
            let length = queries * (classes + 1)
            let matched: [MinimumCostAssignment.Pair]
            do throws(AssignmentError) {
                matched = try MaskMatcher(rules: rules).pairs(
                    embeddings, on: features[image],
                    probabilities: probabilities[image * length..<(image + 1) * length],
                    known, at: draws.matchingPoints(rules.points, image: image, prediction: number))
            } catch {
                sums.classes = prediction.classes.sum() * Float.nan
                return sums
            }
            for pair in matched { labels[image * queries + pair.row] = known.classes[pair.column] }
            let (entropy, dice) = maskSums(embeddings, on: features[image], known, matched) {
                draws.maskPoints(of: rules.sampler, pair: $0, image: image, prediction: number)
            }
            (sums.masks, sums.dice) = (sums.masks + entropy, sums.dice + dice)
        }
        sums.classes = prediction.classes.crossEntropy(
            labels: IndexTensor(labels, shape: [targets.count, queries]),
            classWeights: rules.weights(ofClasses: classes),
            ignoreIndex: -1)
        return sums
    }

    /// Sums over the matched queries of an image.
    private func maskSums(
        _ embeddings: Tensor, on features: Tensor, _ targets: MaskTargets, _ pairs: [MinimumCostAssignment.Pair],
        _ draw: @Sendable (Int) -> (candidates: [Float], fresh: [Float])
    ) -> (entropy: Tensor, dice: Tensor) {
        let rows = IndexTensor(pairs.map { Int32($0.row) }, shape: [pairs.count])
        let (height, width, channels) = (features.shape[0], features.shape[1], features.shape[2])
        let masks = embeddings.gathered(rows)
            .product(features.reshaped([height * width, channels]), transposingRight: true)
            .reshaped([pairs.count, height, width])
        let points = points(of: masks.detached(), pairs.count, draw)
        let known = Tensor(targets.values(of: pairs.map(\.column), at: points), shape: [pairs.count, rules.points])
        let logits = masks.sampledBilinear(
            points: Tensor(points, shape: [pairs.count, rules.points, 2]), maps: pairs.indices.map { Int32($0) })
        let probabilities = logits.sigmoid()
        let overlap = (probabilities * known).sum([1]).affine(2, 1)
        let dice = 1 - overlap / (probabilities.sum([1]) + known.sum([1]) + 1)
        return (logits.binaryCrossEntropySum(targets: known) / Float(rules.points), dice.sum())
    }

    /// Points of each mask, `[R, P, 2]`: those where it is least sure of itself, and others.
    private func points(
        of masks: Tensor, _ count: Int, _ draw: @Sendable (Int) -> (candidates: [Float], fresh: [Float])
    ) -> [Float] {
        let sampler = rules.sampler
        let drawn = concurrently(count, draw)
        let places = Tensor(drawn.flatMap(\.candidates), shape: [count, sampler.candidateCount, 2])
        let logits = withoutGradients {
            masks.sampledBilinear(points: places, maps: (0..<count).map { Int32($0) }).values()
        }
        return concurrently(count) { mask in
            let length = sampler.candidateCount
            return sampler.points(
                of: drawn[mask].candidates, logits: logits[mask * length..<(mask + 1) * length],
                fresh: drawn[mask].fresh)
        }.flatMap { $0 }
    }
}

extension Mask2Former.Criterion {
    var sampler: PointSampler {
        PointSampler(count: points, oversampling: oversampling, uncertainShare: uncertain)
    }

    /// 1 for each class, and that of no object.
    fileprivate func weights(ofClasses count: Int) -> Tensor {
        Tensor([Float](repeating: 1, count: count) + [noObject], shape: [count + 1])
    }
}

extension Tensor {
    /// Without a first axis of length 1.
    fileprivate func droppingFirst() -> Tensor { reshaped(Array(shape.dropFirst())) }
}
