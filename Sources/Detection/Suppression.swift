/// Non-maximum suppression, in groups that do not see each other: levels of a pyramid, or classes (mmdetection,
/// `batched_nms`).
///
/// By descending score, a box stays unless it overlaps one of its group that stayed by more than `overlap`. Where
/// mmdetection moves the groups apart by adding to the coordinates, they are told apart here, so that nothing is
/// rounded.
public struct Suppression: Sendable, Equatable {
    public var overlap: Float
    /// The most that stay, of all groups.
    public var limit: Int

    public init(overlap: Float, limit: Int) {
        self.overlap = overlap
        self.limit = limit
    }

    /// - Parameters:
    ///   - scores: of each box; those with NaN do not stay.
    ///   - groups: of each box, from 0.
    /// - Returns: places of the boxes that stay, by descending score; equal scores by ascending place.
    public func kept(_ boxes: [Box], scores: [Float], groups: [Int]) -> [Int] {
        precondition(
            boxes.count == scores.count && boxes.count == groups.count,
            "Suppression: \(boxes.count) boxes, \(scores.count) scores, \(groups.count) groups")
        var kept: [Int] = []
        var grouped = [KeptBoxes](repeating: KeptBoxes(), count: (groups.max() ?? -1) + 1)
        for place in RankedCandidates.places(of: scores) {
            if kept.count >= limit { break }
            if grouped[groups[place]].admits(boxes[place], overlap: overlap) { kept.append(place) }
        }
        return kept
    }
}

/// The boxes of a group that stayed, eight in a vector.
private struct KeptBoxes {
    private struct Vector {
        var x1 = SIMD8<Float>.zero
        var y1 = SIMD8<Float>.zero
        var x2 = SIMD8<Float>.zero
        var y2 = SIMD8<Float>.zero
        var area = SIMD8<Float>.zero
    }

    private var count = 0
    private var vectors: [Vector] = []

    /// Adds the box if it overlaps none of the others by more than `overlap`.
    mutating func admits(_ box: Box, overlap: Float) -> Bool {
        if vectors.withUnsafeBufferPointer({ Self.suppress(box, $0, overlap) }) { return false }
        let lane = count % 8
        if lane == 0 { vectors.append(Vector()) }
        let last = vectors.count - 1
        vectors[last].x1[lane] = box.x1
        vectors[last].y1[lane] = box.y1
        vectors[last].x2[lane] = box.x2
        vectors[last].y2[lane] = box.y2
        vectors[last].area[lane] = box.area
        count += 1
        return true
    }

    private static func suppress(_ box: Box, _ vectors: UnsafeBufferPointer<Vector>, _ overlap: Float) -> Bool {
        let area = box.area
        for vector in vectors {
            let left = vector.x1.replacing(with: box.x1, where: vector.x1 .< box.x1)
            let top = vector.y1.replacing(with: box.y1, where: vector.y1 .< box.y1)
            let right = vector.x2.replacing(with: box.x2, where: vector.x2 .> box.x2)
            let bottom = vector.y2.replacing(with: box.y2, where: vector.y2 .> box.y2)
            let (width, height) = (right - left, bottom - top)
            let common = width * height
            let isOver = (width .> 0) .& (height .> 0) .& (common .> overlap * (vector.area + area - common))
            if isOver != SIMDMask(repeating: false) { return true }
        }
        return false
    }
}
