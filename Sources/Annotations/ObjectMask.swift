/// Neighbouring pixels of one row: columns `start..<end`.
public struct PixelRun: Sendable, Equatable, BitwiseCopyable {
    public let row: Int32
    public let start: Int32
    public let end: Int32

    /// - Precondition: at least one pixel, none left of or above the image.
    public init(row: Int, start: Int, end: Int) {
        precondition(row >= 0 && start >= 0 && end > start, "PixelRun: columns \(start)..<\(end) of row \(row)")
        self.row = Int32(row)
        self.start = Int32(start)
        self.end = Int32(end)
    }

    public var count: Int { Int(end - start) }
}

/// The pixels of an object.
///
/// Held as the longest runs of each row in reading order, so that equal masks are equal values, and so that a mask
/// costs what its outline costs. The box is the smallest that holds all pixels.
public struct ObjectMask: Sendable, Equatable {
    /// In reading order; runs of one row do not touch.
    public let runs: [PixelRun]
    /// The smallest box around the pixels.
    public let box: PixelBox
    /// Number of pixels.
    public let area: Int

    /// A mask without pixels.
    public init() {
        runs = []
        box = .empty
        area = 0
    }

    /// - Precondition: in reading order; runs may touch, but not overlap.
    public init(_ runs: some Sequence<PixelRun>) {
        var builder = ObjectMaskBuilder()
        for run in runs { builder.append(row: run.row, start: run.start, end: run.end) }
        self = builder.mask
    }

    /// All pixels of a box, which lies in no negative row or column.
    public init(filling box: PixelBox) {
        self.init((box.top..<box.bottom).lazy.filter { _ in !box.isEmpty }.map { row in
            PixelRun(row: row, start: box.left, end: box.right)
        })
    }

    fileprivate init(runs: [PixelRun], box: PixelBox, area: Int) {
        self.runs = runs
        self.box = box
        self.area = area
    }

    public var isEmpty: Bool { runs.isEmpty }
}

/// Puts a mask together from runs in reading order.
struct ObjectMaskBuilder {
    private var runs: [PixelRun] = []
    private var (left, right) = (Int32.max, Int32(0))
    private var area = 0

    /// Adds pixels after those that are there; touching runs become one.
    mutating func append(row: Int32, start: Int32, end: Int32) {
        left = min(left, start)
        right = max(right, end)
        area += Int(end - start)
        if let last = runs.last, last.row >= row {
            precondition(
                last.row == row && last.end <= start,
                "ObjectMask: columns \(start)..<\(end) of row \(row) are out of order")
            if last.end == start {
                runs[runs.count - 1] = PixelRun(row: Int(row), start: Int(last.start), end: Int(end))
                return
            }
        }
        runs.append(PixelRun(row: Int(row), start: Int(start), end: Int(end)))
    }

    var mask: ObjectMask {
        guard let first = runs.first, let last = runs.last else { return ObjectMask() }
        let box = PixelBox(
            top: Int(first.row), left: Int(left), height: Int(last.row - first.row) + 1, width: Int(right - left))
        return ObjectMask(runs: runs, box: box, area: area)
    }
}
