/// What a region proposal network says about one level of one image.
public struct LevelScores {
    /// Of the level, cells in reading order.
    public let anchors: ArraySlice<Box>
    /// Of each anchor, higher where there is an object; logits or probabilities.
    public let scores: ArraySlice<Float>
    /// Four of each anchor.
    public let deltas: ArraySlice<Float>

    public init(anchors: ArraySlice<Box>, scores: ArraySlice<Float>, deltas: ArraySlice<Float>) {
        precondition(
            anchors.count == scores.count && deltas.count == 4 * scores.count,
            "LevelScores: \(anchors.count) anchors, \(scores.count) scores, \(deltas.count) deltas")
        self.anchors = anchors
        self.scores = scores
        self.deltas = deltas
    }

    /// Of an anchor, counted from the level's first.
    fileprivate func delta(_ place: Int) -> SIMD4<Float> {
        let first = deltas.startIndex + 4 * place
        return SIMD4(deltas[first], deltas[first + 1], deltas[first + 2], deltas[first + 3])
    }
}

/// Makes proposals of the scores of anchors (mmdetection, `RPNHead._get_bboxes_single`).
///
/// Of each level the best candidates are decoded, and those without area go. What the others of their level do not
/// suppress is ranked over all levels.
public struct ProposalSelector: Sendable, Equatable {
    /// The most of a level that are looked at.
    public var candidatesOfALevel: Int
    public var suppression: Suppression
    public var coder: BoxCoder

    public init(candidatesOfALevel: Int, suppression: Suppression, coder: BoxCoder = BoxCoder()) {
        self.candidatesOfALevel = candidatesOfALevel
        self.suppression = suppression
        self.coder = coder
    }

    /// Proposals of one image, by descending score. Anchors whose score or deltas are no numbers make none.
    ///
    /// - Parameters:
    ///   - height: of the image, to which boxes are clipped.
    public func proposals(_ levels: [LevelScores], height: Int, width: Int) -> [Box] {
        var (boxes, scores, groups) = ([Box](), [Float](), [Int]())
        for (group, level) in levels.enumerated() {
            let places = level.scores.withUnsafeBufferPointer {
                RankedCandidates.places(of: $0, limit: candidatesOfALevel)
            }
            for place in places {
                let anchor = level.anchors[level.anchors.startIndex + place]
                guard let box = coder.decoded(level.delta(place), from: anchor, height: height, width: width) else {
                    continue
                }
                boxes.append(box)
                scores.append(level.scores[level.scores.startIndex + place])
                groups.append(group)
            }
        }
        return suppression.kept(boxes, scores: scores, groups: groups).map { boxes[$0] }
    }
}
