package import Detection
package import TensorEngine

/// Which query is to become which object: the pairs of smallest total cost (Mask2Former's matcher, arXiv:2112.01527).
///
/// `cost = classWeight * -p(class) + maskWeight * crossEntropy + diceWeight * dice`, both of the masks at points that
/// all queries and objects of the image share: `mean of softplus(s) - s t` and `1 - (2 sum p t + 1) / (sum p + sum t +
/// 1)`, where `p` is the sigmoid of the logit `s` and `t` the object's mask.
package struct MaskMatcher {
    private let rules: Mask2Former.Criterion

    package init(rules: Mask2Former.Criterion) { self.rules = rules }

    /// What the costs of an image are made of, still on the device: so that what several images and predictions need is
    /// brought to the host together.
    struct Question {
        /// Sums over the points of `s t` and of `p t`, `[Q, M]`, and of `log(1 + e^s)` and of `p`, `[Q]`.
        let sums: [Tensor]
        fileprivate let queries: Int
        fileprivate let points: Int
        fileprivate let classes: [Int32]
        /// Sums over the points of `t`, of each object.
        fileprivate let areas: [Double]
    }

    /// By ascending query; where there are more objects than queries, some objects stay without.
    ///
    /// - Parameters:
    ///   - embeddings: `[Q, C]` of the image's queries.
    ///   - features: `[h, w, C]`
    ///   - probabilities: `[Q, K + 1]`, row by row.
    ///   - points: `[P, 2]`
    /// - Throws: `AssignmentError` where a cost is no number.
    package func pairs(
        _ embeddings: Tensor, on features: Tensor, probabilities: ArraySlice<Float>, _ targets: MaskTargets,
        at points: [Float]
    ) throws(AssignmentError) -> [MinimumCostAssignment.Pair] {
        let question = question(embeddings, on: features, targets, at: points)
        return try pairs(question, sums: Tensor.values(of: question.sums)[...], probabilities: probabilities)
    }

    /// A mask's logit at a point is the inner product with the features there, so features are sampled once, and no
    /// mask of a query that is matched to nothing is ever made.
    func question(
        _ embeddings: Tensor, on features: Tensor, _ targets: MaskTargets, at points: [Float]
    ) -> Question {
        let known = targets.values(atSharedPoints: points)
        let count = points.count / 2
        return Question(
            sums: withoutGradients {
                querySums(embeddings.product(features.sampled(at: points), transposingRight: true), known)
            },
            queries: embeddings.shape[0], points: count, classes: targets.classes,
            areas: targets.classes.indices.map { object in
                known[object * count..<(object + 1) * count].reduce(0.0) { $0 + Double($1) }
            })
    }

    /// - Parameters:
    ///   - logits: `[Q, P]`
    ///   - known: `[M, P]`
    private func querySums(_ logits: Tensor, _ known: [Float]) -> [Tensor] {
        let known = Tensor(known, shape: [known.count / logits.shape[1], logits.shape[1]])
        let probabilities = logits.sigmoid()
        let agreements = logits.product(known, transposingRight: true)
        let overlaps = probabilities.product(known, transposingRight: true)
        let tail = (logits.absolute() * -1).exponential().affine(1, 1).logarithm()
        return [agreements, overlaps, (logits.relu() + tail).sum([1]), probabilities.sum([1])]
    }

    /// - Parameter sums: those of the question, on the host.
    func pairs(
        _ question: Question, sums: ArraySlice<ArraySlice<Float>>, probabilities: ArraySlice<Float>
    ) throws(AssignmentError) -> [MinimumCostAssignment.Pair] {
        let (agreements, overlaps) = (sums[sums.startIndex], sums[sums.startIndex + 1])
        let (softplus, masses) = (sums[sums.startIndex + 2], sums[sums.startIndex + 3])
        let (queries, objects, columns) = (
            question.queries, question.classes.count, probabilities.count / question.queries
        )
        var costs = [Double]()
        costs.reserveCapacity(queries * objects)
        for query in 0..<queries {
            for object in 0..<objects {
                let place = probabilities.startIndex + query * columns + Int(question.classes[object])
                let pair = query * objects + object
                let (overlap, agreement) = (
                    Double(overlaps[overlaps.startIndex + pair]), Double(agreements[agreements.startIndex + pair])
                )
                let mass = Double(masses[masses.startIndex + query])
                let dice = 1 - (2 * overlap + 1) / (mass + question.areas[object] + 1)
                let entropy = (Double(softplus[softplus.startIndex + query]) - agreement) / Double(question.points)
                costs.append(
                    Double(rules.diceWeight) * dice + Double(rules.maskWeight) * entropy
                        - Double(rules.classWeight) * Double(probabilities[place]))
            }
        }
        return try MinimumCostAssignment(costs: costs, rows: queries, columns: objects).pairs
    }
}

extension Tensor {
    /// A map `[h, w, C]` at points between its cells, `[P, C]`; beyond the map everything is 0.
    ///
    /// - Parameter points: `(x, y)` each, in shares of the map's sides.
    fileprivate func sampled(at points: [Float]) -> Tensor {
        let (height, width, channels, count) = (shape[0], shape[1], shape[2], points.count / 2)
        // One query a point that looks nowhere else.
        return Tensor.deformableAttention(
            values: reshaped([1, height * width, channels]), levels: [(height, width)],
            offsets: .zeros([1, count, 2]), weights: .ones([1, count, 1]),
            references: Tensor(points, shape: [count, 2]),
            heads: 1, points: 1
        ).reshaped([count, channels])
    }
}
