internal import ImageIO

/// A mask as COCO's files hold it (`pycocotools.mask`): lengths of runs down the columns, one column after the other.
///
/// For what is read from such files, compared with each other or written into them; everything else works on
/// `ObjectMask`, whose runs go along rows.
public struct ColumnMask: Sendable, Equatable {
    public let height: Int
    public let width: Int
    /// Alternately outside and inside the mask, outside first: that one may be 0, and so may others in files. Their sum
    /// is `height * width`.
    public let counts: [Int]

    /// - Throws: when the runs do not fill the image.
    public init(height: Int, width: Int, counts: [Int]) throws(ColumnMaskError) {
        try Self.requireSize(height: height, width: width)
        var sum = 0
        for count in counts {
            guard count >= 0, count <= height * width - sum else {
                throw ColumnMaskError(
                    "the run lengths do not fit its \(width)x\(height) pixels: \(count) follows \(sum)")
            }
            sum += count
        }
        guard sum == height * width else {
            throw ColumnMaskError(
                "the run lengths make \(sum) pixels, its size \(width)x\(height) has \(height * width)")
        }
        self.init(filling: height, width, counts)
    }

    /// Checks a size that a file gives, before memory is taken for its pixels.
    static func requireSize(height: Int, width: Int) throws(ColumnMaskError) {
        guard height > 0, width > 0 else { throw ColumnMaskError("a size of \(width)x\(height) is not possible") }
        guard ImageReading.allows(height: height, width: width) else {
            throw ColumnMaskError("a size of \(width)x\(height) is more than data.largestImage allows")
        }
    }

    /// Runs that are known to fill the image.
    init(filling height: Int, _ width: Int, _ counts: [Int]) {
        self.height = height
        self.width = width
        self.counts = counts
    }

    /// Pixels of the mask.
    public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

    /// Pixels that both masks have.
    ///
    /// - Precondition: of one size.
    public func intersection(with other: ColumnMask) -> Int {
        var common = 0
        walk(with: other) { length, isInside, isInsideOther in if isInside && isInsideOther { common += length } }
        return common
    }

    /// The pixels that one of the two has.
    ///
    /// - Precondition: of one size.
    public func union(with other: ColumnMask) -> ColumnMask {
        var runs = RunCounter()
        walk(with: other) { length, isInside, isInsideOther in runs.append(length, isInside || isInsideOther) }
        return ColumnMask(filling: height, width, runs.counts)
    }

    /// Visits the stretches in which neither mask changes.
    private func walk(with other: ColumnMask, _ body: (_ length: Int, _ isInside: Bool, _ isInsideOther: Bool) -> Void)
    {
        precondition(
            height == other.height && width == other.width,
            "ColumnMask: \(width)x\(height) beside \(other.width)x\(other.height)")
        var (place, otherPlace) = (0, 0)
        var (rest, otherRest) = (counts.first ?? 0, other.counts.first ?? 0)
        while true {
            while rest == 0 {
                place += 1
                guard place < counts.count else { return }
                rest = counts[place]
            }
            while otherRest == 0 {
                otherPlace += 1
                guard otherPlace < other.counts.count else { return }
                otherRest = other.counts[otherPlace]
            }
            let length = min(rest, otherRest)
            body(length, place % 2 == 1, otherPlace % 2 == 1)
            rest -= length
            otherRest -= length
        }
    }
}

/// What a file gives as a mask and is none; names neither file nor object, which its reader knows.
public struct ColumnMaskError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Puts run lengths together, the first of them outside.
struct RunCounter {
    private(set) var counts = [0]
    private var isInside = false

    mutating func append(_ length: Int, _ isInside: Bool) {
        if isInside != self.isInside {
            counts.append(0)
            self.isInside = isInside
        }
        counts[counts.count - 1] += length
    }
}

// MARK: - Rows and columns

extension ColumnMask {
    /// - Precondition: the mask lies in the image.
    public init(_ mask: ObjectMask, height: Int, width: Int) {
        let box = mask.box
        precondition(
            box.bottom <= height && box.right <= width, "ColumnMask: \(box) does not lie in \(width)x\(height) pixels")
        // The box, column by column.
        var isInside = [Bool](repeating: false, count: box.height * box.width)
        for run in mask.runs {
            for column in Int(run.start)..<Int(run.end) {
                isInside[(column - box.left) * box.height + Int(run.row) - box.top] = true
            }
        }
        var runs = RunCounter()
        runs.append(box.left * height, false)
        for column in 0..<box.width {
            runs.append(box.top, false)
            for row in 0..<box.height { runs.append(1, isInside[column * box.height + row]) }
            runs.append(height - box.bottom, false)
        }
        runs.append((width - box.right) * height, false)
        self.init(filling: height, width, runs.counts)
    }

    /// The mask by rows.
    public var mask: ObjectMask {
        var isInside = [Bool](repeating: false, count: height * width)
        var position = 0
        for (place, count) in counts.enumerated() {
            if place % 2 == 1 {
                for pixel in position..<position + count { isInside[pixel % height * width + pixel / height] = true }
            }
            position += count
        }
        var builder = ObjectMaskBuilder()
        for row in 0..<height {
            var start = 0
            while start < width {
                let value = isInside[row * width + start]
                var end = start + 1
                while end < width && isInside[row * width + end] == value { end += 1 }
                if value { builder.append(row: Int32(row), start: Int32(start), end: Int32(end)) }
                start = end
            }
        }
        return builder.mask
    }
}
