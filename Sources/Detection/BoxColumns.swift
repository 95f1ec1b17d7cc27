/// Boxes by coordinate, eight in a vector, to compare one box with many.
///
/// Places without a box have no extent, so that nothing overlaps them.
struct BoxColumns {
    typealias Eight = SIMD8<Float>

    private(set) var count = 0
    private(set) var x1: [Eight] = []
    private(set) var y1: [Eight] = []
    private(set) var x2: [Eight] = []
    private(set) var y2: [Eight] = []

    init() {}

    init(_ boxes: [Box]) {
        let vectors = (boxes.count + 7) / 8
        x1.reserveCapacity(vectors)
        y1.reserveCapacity(vectors)
        x2.reserveCapacity(vectors)
        y2.reserveCapacity(vectors)
        for box in boxes { append(box) }
    }

    mutating func append(_ box: Box) {
        let (vector, lane) = (count / 8, count % 8)
        if lane == 0 {
            x1.append(.zero)
            y1.append(.zero)
            x2.append(.zero)
            y2.append(.zero)
        }
        x1[vector][lane] = box.x1
        y1[vector][lane] = box.y1
        x2[vector][lane] = box.x2
        y2[vector][lane] = box.y2
        count += 1
    }

    /// Calls `body` with the places of the boxes that share an area with `box`, ascending.
    @inline(__always)
    func forEachNeighbour(of box: Box, _ body: (Int) -> Void) {
        let vectors = x1.count
        let (left, top, right, bottom) = (
            Eight(repeating: box.x1), Eight(repeating: box.y1), Eight(repeating: box.x2), Eight(repeating: box.y2))
        x1.withUnsafeBufferPointer { x1 in
            y1.withUnsafeBufferPointer { y1 in
                x2.withUnsafeBufferPointer { x2 in
                    y2.withUnsafeBufferPointer { y2 in
                        for vector in 0..<vectors {
                            let meets = (x1[vector] .< right) .& (x2[vector] .> left)
                                .& (y1[vector] .< bottom) .& (y2[vector] .> top)
                            if meets == SIMDMask(repeating: false) { continue }
                            for lane in 0..<8 where meets[lane] { body(vector &* 8 &+ lane) }
                        }
                    }
                }
            }
        }
    }
}
