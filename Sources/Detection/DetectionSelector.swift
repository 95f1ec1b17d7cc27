/// An object that a detector found, before its mask is known.
public struct FoundBox: Sendable, Equatable {
    public let box: Box
    /// Place among the detector's classes.
    public let classIndex: Int
    /// Probability of the class, in `0...1`.
    public let score: Float

    public init(box: Box, classIndex: Int, score: Float) {
        self.box = box
        self.classIndex = classIndex
        self.score = score
    }
}

/// Makes detections of what is known about the proposals of an image (mmdetection, `multiclass_nms`).
///
/// Each class of each proposal is a candidate with a box of its own; what the others of its class do not suppress is
/// ranked over all classes.
public struct DetectionSelector: Sendable, Equatable {
    /// Candidates must have more.
    public var scoreFloor: Float
    public var suppression: Suppression
    public var coder: BoxCoder

    public init(scoreFloor: Float, suppression: Suppression, coder: BoxCoder) {
        self.scoreFloor = scoreFloor
        self.suppression = suppression
        self.coder = coder
    }

    /// Detections of one image, by descending score. Candidates whose score or deltas are no numbers, or whose box has
    /// no area inside the image, are none.
    ///
    /// - Parameters:
    ///   - probabilities: of each proposal, `classCount` and that of the background.
    ///   - deltas: of each proposal, four for each class.
    ///   - height: of the image, to which boxes are clipped.
    public func detections(
        _ proposals: ArraySlice<Box>, probabilities: ArraySlice<Float>, deltas: ArraySlice<Float>, classCount: Int,
        height: Int, width: Int
    ) -> [FoundBox] {
        precondition(
            probabilities.count == proposals.count * (classCount + 1)
                && deltas.count == proposals.count * classCount * 4,
            "DetectionSelector: \(proposals.count) proposals of \(classCount) classes, "
                + "\(probabilities.count) probabilities, \(deltas.count) deltas")
        var candidates: [FoundBox] = []
        for (row, proposal) in proposals.enumerated() {
            for classIndex in 0..<classCount {
                let score = probabilities[probabilities.startIndex + row * (classCount + 1) + classIndex]
                guard score > scoreFloor, score.isFinite else { continue }
                let first = deltas.startIndex + (row * classCount + classIndex) * 4
                let delta = SIMD4(deltas[first], deltas[first + 1], deltas[first + 2], deltas[first + 3])
                guard let box = coder.decoded(delta, from: proposal, height: height, width: width) else { continue }
                candidates.append(FoundBox(box: box, classIndex: classIndex, score: min(score, 1)))
            }
        }
        return suppression.kept(
            candidates.map(\.box), scores: candidates.map(\.score), groups: candidates.map(\.classIndex)
        ).map { candidates[$0] }
    }
}
