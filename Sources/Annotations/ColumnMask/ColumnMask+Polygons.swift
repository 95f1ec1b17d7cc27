extension ColumnMask {
    /// The pixels inside any of the polygons, to the pixel as `pycocotools` finds them (`rleFrPoly`): edges are drawn
    /// on a grid five times as fine, and of each column's edges the row at the pixel's centre is kept.
    ///
    /// - Parameter polygons: each `x1, y1, x2, y2, …` in pixels, at least three corners.
    /// - Throws: for other lists of numbers.
    public init(height: Int, width: Int, polygons: [[Double]]) throws(ColumnMaskError) {
        try Self.requireSize(height: height, width: width)
        guard !polygons.isEmpty else { throw ColumnMaskError("there is no polygon") }
        var union: ColumnMask?
        for polygon in polygons {
            guard polygon.count >= 6, polygon.count % 2 == 0 else {
                throw ColumnMaskError("a polygon has \(polygon.count) numbers; give x and y of at least three corners")
            }
            if let wrong = polygon.first(where: { !($0.magnitude <= Self.farthestCorner) }) {
                throw ColumnMaskError("a polygon has a corner at \(wrong); give pixels of the image")
            }
            guard Self.length(of: polygon) <= Self.longestOutline else {
                throw ColumnMaskError(
                    "a polygon has edges of \(Int(Self.length(of: polygon))) pixels; draw it with fewer corners")
            }
            let mask = ColumnMask(filling: height, width, Outline(polygon).counts(height: height, width: width))
            union = union?.union(with: mask) ?? mask
        }
        guard let union else { preconditionFailure("ColumnMask: no polygon gave a mask") }
        self = union
    }

    /// Steps along edges stay numbers that fit anywhere.
    private static let farthestCorner = 1_048_576.0
    /// In pixels; every step along an edge takes time.
    private static let longestOutline = 67_108_864.0

    /// The steps along the edges of a polygon, in pixels.
    private static func length(of polygon: [Double]) -> Double {
        var (length, last) = (0.0, polygon.count - 2)
        for place in stride(from: 0, to: polygon.count, by: 2) {
            length += max(abs(polygon[place] - polygon[last]), abs(polygon[place + 1] - polygon[last + 1]))
            last = place
        }
        return length
    }
}

/// The edges of a polygon on the fine grid, and where they cross the centres of columns.
private struct Outline {
    private static let scale = 5.0
    private let corners: [(x: Int, y: Int)]

    init(_ polygon: [Double]) {
        corners = stride(from: 0, to: polygon.count, by: 2).map { place in
            (x: Int(Self.scale * polygon[place] + 0.5), y: Int(Self.scale * polygon[place + 1] + 0.5))
        }
    }

    /// Visits the points of all edges, one after the other.
    private func forEachPoint(_ body: (_ x: Int, _ y: Int) -> Void) {
        for (place, corner) in corners.enumerated() {
            Self.walk(from: corner, to: corners[(place + 1) % corners.count], body)
        }
    }

    /// Steps along the longer axis, always in the direction in which that grows, so that both directions of an edge
    /// have the same points; they are listed from `start` to `end`.
    private static func walk(
        from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ body: (_ x: Int, _ y: Int) -> Void
    ) {
        let (width, height) = (abs(end.x - start.x), abs(end.y - start.y))
        let isFlat = width >= height
        let flips = isFlat ? start.x > end.x : start.y > end.y
        let (low, high) = flips ? (end, start) : (start, end)
        let length = max(width, height)
        // Both ends of an edge without length are one point.
        let slope = length == 0 ? 0 : Double(isFlat ? high.y - low.y : high.x - low.x) / Double(length)
        for step in 0...length {
            let along = flips ? length - step : step
            let across = Int(Double(isFlat ? low.y : low.x) + slope * Double(along) + 0.5)
            body(isFlat ? low.x + along : across, isFlat ? across : low.y + along)
        }
    }

    /// Runs between the rows at which the outline crosses the centres of columns.
    func counts(height: Int, width: Int) -> [Int] {
        var places = crossings(height: height, width: width)
        places.append(height * width)
        places.sort()
        var lengths: [Int] = []
        var last = 0
        for place in places {
            lengths.append(place - last)
            last = place
        }
        // Two crossings at one place are none.
        var counts = [lengths[0]]
        var next = 1
        while next < lengths.count {
            if lengths[next] > 0 {
                counts.append(lengths[next])
            } else {
                next += 1
                if next < lengths.count { counts[counts.count - 1] += lengths[next] }
            }
            next += 1
        }
        return counts
    }

    private func crossings(height: Int, width: Int) -> [Int] {
        var places: [Int] = []
        var last: (x: Int, y: Int)?
        forEachPoint { x, y in
            defer { last = (x, y) }
            guard let last, x != last.x else { return }
            let fine = x < last.x ? x : x - 1
            let column = (Double(fine) + 0.5) / Self.scale - 0.5
            guard column.rounded(.down) == column, column >= 0, column <= Double(width - 1) else { return }
            let row = (Double(min(y, last.y)) + 0.5) / Self.scale - 0.5
            places.append(Int(column) * height + Int(min(max(row, 0), Double(height)).rounded(.up)))
        }
        return places
    }
}
