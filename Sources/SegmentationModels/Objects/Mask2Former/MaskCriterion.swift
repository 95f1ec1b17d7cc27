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
        let pairs = matched(predictions, features, targets, draws)
        let sums = predictions.enumerated().map { number, prediction in
            self.sums(prediction, features, targets, pairs[number], number, draws)
        }
        return sums.dropFirst().reduce(sums[0], +)
    }

    /// Which query is to become which object, of each prediction and image; nil of a prediction whose costs are no
    /// numbers. What is needed of all of them comes to the host at once.
    private func matched(
        _ predictions: [QueryOutputs], _ features: [Tensor], _ targets: [MaskTargets], _ draws: some PointDraws
    ) -> [[[MinimumCostAssignment.Pair]]?] {
        let matcher = MaskMatcher(rules: rules)
        let questions = withoutGradients {
            predictions.enumerated().map { number, prediction in
                targets.indices.map { image in
                    targets[image].count == 0 ? nil : matcher.question(
                        prediction.embeddings.sliced(image..<image + 1, axis: 0).droppingFirst(), on: features[image],
                        targets[image], at: draws.matchingPoints(rules.points, image: image, prediction: number))
                }
            }
        }
        let probabilities = withoutGradients { predictions.map { $0.classes.softmax() } }
        let found = Tensor.values(of: probabilities + questions.joined().compactMap { $0 }.flatMap(\.sums))
        var next = predictions.count
        return predictions.indices.map { number in
            let rows = found[number]
            let length = rows.count / targets.count
            var pairs: [[MinimumCostAssignment.Pair]]? = []
            for (image, question) in questions[number].enumerated() {
                guard let question else {
                    pairs?.append([])
                    continue
                }
                let first = rows.startIndex + image * length
                do throws(AssignmentError) {
                    pairs?.append(
                        try matcher.pairs(
                            question, sums: found[next..<next + question.sums.count],
                            probabilities: rows[first..<first + length]))
                } catch { pairs = nil }
                next += question.sums.count
            }
            return pairs
        }
    }

    private func sums(
        _ prediction: QueryOutputs, _ features: [Tensor], _ targets: [MaskTargets],
        _ matched: [[MinimumCostAssignment.Pair]]?, _ number: Int, _ draws: some PointDraws
    ) -> Sums {
        let (queries, classes) = (prediction.classes.shape[1], prediction.classes.shape[2] - 1)
        var sums = Sums(classes: Tensor(0), masks: Tensor(0), dice: Tensor(0))
        guard let matched else {
            sums.classes = prediction.classes.sum() * Float.nan
            return sums
        }
        var labels = [Int32](repeating: Int32(classes), count: targets.count * queries)
        var views: [MatchedMasks] = []
        for (image, pairs) in matched.enumerated() where targets[image].count > 0 {
            for pair in pairs { labels[image * queries + pair.row] = targets[image].classes[pair.column] }
            let embeddings = prediction.embeddings.sliced(image..<image + 1, axis: 0).droppingFirst()
            views.append(
                MatchedMasks(image, pairs, embeddings, on: features[image]) {
                    draws.maskPoints(of: rules.sampler, pair: $0, image: image, prediction: number)
                })
        }
        for (view, points) in zip(views, points(of: views)) {
            let (entropy, dice) = maskSums(view, targets[view.image], at: points)
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
        _ view: MatchedMasks, _ targets: MaskTargets, at points: [Float]
    ) -> (entropy: Tensor, dice: Tensor) {
        let count = view.pairs.count
        let known = Tensor(targets.values(of: view.pairs.map(\.column), at: points), shape: [count, rules.points])
        let logits = view.masks.sampledBilinear(
            points: Tensor(points, shape: [count, rules.points, 2]), maps: (0..<count).map { Int32($0) })
        let probabilities = logits.sigmoid()
        let overlap = (probabilities * known).sum([1]).affine(2, 1)
        let dice = 1 - overlap / (probabilities.sum([1]) + known.sum([1]) + 1)
        return (logits.binaryCrossEntropySum(targets: known) / Float(rules.points), dice.sum())
    }

    /// Points of the masks of each image, `[R, P, 2]`: those where a mask is least sure of itself, and others. How sure
    /// the masks of all images are comes to the host at once.
    private func points(of views: [MatchedMasks]) -> [[Float]] {
        let sampler = rules.sampler
        let logits = Tensor.values(of: withoutGradients { views.map { $0.logits(atCandidatesOf: sampler) } })
        return zip(views, logits).map { view, logits in
            concurrently(view.pairs.count) { mask in
                let length = sampler.candidateCount
                let first = logits.startIndex + mask * length
                return sampler.points(
                    of: view.drawn[mask].candidates, logits: logits[first..<first + length],
                    fresh: view.drawn[mask].fresh)
            }.flatMap { $0 }
        }
    }
}

/// The masks of an image's matched queries, and the points that were drawn for them.
private struct MatchedMasks {
    let image: Int
    let pairs: [MinimumCostAssignment.Pair]
    /// `[R, h, w]`
    let masks: Tensor
    let drawn: [(candidates: [Float], fresh: [Float])]

    /// - Parameters:
    ///   - embeddings: `[Q, C]` of the image's queries.
    ///   - features: `[h, w, C]`
    init(
        _ image: Int, _ pairs: [MinimumCostAssignment.Pair], _ embeddings: Tensor, on features: Tensor,
        _ draw: @Sendable (Int) -> (candidates: [Float], fresh: [Float])
    ) {
        (self.image, self.pairs) = (image, pairs)
        let rows = IndexTensor(pairs.map { Int32($0.row) }, shape: [pairs.count])
        let (height, width, channels) = (features.shape[0], features.shape[1], features.shape[2])
        masks = embeddings.gathered(rows)
            .product(features.reshaped([height * width, channels]), transposingRight: true)
            .reshaped([pairs.count, height, width])
        drawn = concurrently(pairs.count, draw)
    }

    /// `[R, candidates]`
    func logits(atCandidatesOf sampler: PointSampler) -> Tensor {
        let count = pairs.count
        let places = Tensor(drawn.flatMap(\.candidates), shape: [count, sampler.candidateCount, 2])
        return masks.detached().sampledBilinear(points: places, maps: (0..<count).map { Int32($0) })
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
