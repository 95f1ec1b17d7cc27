import Detection
import TensorEngine

/// What a proposal head says of all anchors of a batch: on the tape for the losses, and on the host, where it arrives
/// in one transfer.
struct AnchorScores {
    /// Of one image, level after level.
    let anchors: [Box]
    /// Logits `[N]`, level after level, in a level image after image.
    let scores: Tensor
    /// `[N, 4]`
    let deltas: Tensor
    /// The anchors of each level.
    private let levels: [Range<Int>]
    private let imageCount: Int
    /// Scores, then deltas.
    private let values: [Float]

    /// - Parameters:
    ///   - scores: of each level, `[B, h, w, A]`.
    ///   - deltas: of each level, `[B, h, w, 4 A]`.
    init(scores: [Tensor], deltas: [Tensor], _ generator: AnchorGenerator) {
        anchors = generator.anchors(scores.map { (height: $0.shape[1], width: $0.shape[2]) })
        imageCount = scores[0].shape[0]
        var start = 0
        levels = scores.map { level in
            defer { start += level.shape[1...].reduce(1, *) }
            return start..<start + level.shape[1...].reduce(1, *)
        }
        self.scores = Tensor.concatenated(scores.map { $0.reshaped([$0.count]) }, axis: 0)
        self.deltas = Tensor.concatenated(deltas.map { $0.reshaped([$0.count / 4, 4]) }, axis: 0)
        let flat = [self.scores.detached(), self.deltas.detached().reshaped([self.deltas.count])]
        values = Tensor.concatenated(flat, axis: 0).values()
    }

    /// What is said of an image, on the host.
    func levels(of image: Int) -> [LevelScores] {
        levels.map { level in
            let rows = firstRow(of: level, image)..<firstRow(of: level, image) + level.count
            let first = scores.count + 4 * rows.lowerBound
            return LevelScores(
                anchors: anchors[level], scores: values[rows], deltas: values[first..<first + 4 * rows.count])
        }
    }

    /// The rows of `scores` and `deltas` that belong to anchors of an image, in ascending order of these.
    func rows(of places: [Int], image: Int) -> [Int32] {
        var level = 0
        return places.map { place in
            while !levels[level].contains(place) { level += 1 }
            return Int32(firstRow(of: levels[level], image) + place - levels[level].lowerBound)
        }
    }

    private func firstRow(of level: Range<Int>, _ image: Int) -> Int {
        imageCount * level.lowerBound + image * level.count
    }
}
