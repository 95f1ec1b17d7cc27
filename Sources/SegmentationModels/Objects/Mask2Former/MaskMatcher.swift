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

    /// By ascending query; where there are more objects than queries, some objects stay without.
    ///
    /// A mask's logit at a point is the inner product with the features there, so features are sampled once, and no
    /// mask of a query that is matched to nothing is ever made.
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
        let known = targets.values(atSharedPoints: points)
        let sums = withoutGradients {
            QuerySums(embeddings.product(features.sampled(at: points), transposingRight: true), known)
        }
        let (queries, objects, columns) = (
            embeddings.shape[0], targets.count, probabilities.count / embeddings.shape[0]
        )
        let areas = (0..<objects).map { object in
            known[object * points.count / 2..<(object + 1) * points.count / 2].reduce(0.0) { $0 + Double($1) }
        }
        var costs = [Double]()
        costs.reserveCapacity(queries * objects)
        for query in 0..<queries {
            for object in 0..<objects {
                let place = probabilities.startIndex + query * columns + Int(targets.classes[object])
                let (overlap, agreement) = (
                    Double(sums.overlaps[query * objects + object]), Double(sums.agreements[query * objects + object])
                )
                let dice = 1 - (2 * overlap + 1) / (Double(sums.masses[query]) + areas[object] + 1)
                let entropy = (Double(sums.softplus[query]) - agreement) / Double(points.count / 2)
                costs.append(
                    Double(rules.diceWeight) * dice + Double(rules.maskWeight) * entropy
                        - Double(rules.classWeight) * Double(probabilities[place]))
            }
        }
        return try MinimumCostAssignment(costs: costs, rows: queries, columns: objects).pairs
    }
}

/// What costs are made of, on the host.
private struct QuerySums {
    /// Sums over the points of `s t` and of `p t`, `[Q, M]`.
    let (agreements, overlaps): ([Float], [Float])
    /// Sums over the points of `log(1 + e^s)` and of `p`, `[Q]`.
    let (softplus, masses): ([Float], [Float])

    /// - Parameters:
    ///   - logits: `[Q, P]`
    ///   - known: `[M, P]`
    init(_ logits: Tensor, _ known: [Float]) {
        let known = Tensor(known, shape: [known.count / logits.shape[1], logits.shape[1]])
        let probabilities = logits.sigmoid()
        agreements = logits.product(known, transposingRight: true).values()
        overlaps = probabilities.product(known, transposingRight: true).values()
        let tail = (logits.absolute() * -1).exponential().affine(1, 1).logarithm()
        softplus = (logits.relu() + tail).sum([1]).values()
        masses = probabilities.sum([1]).values()
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
