public import Annotations

extension ObjectMask {
    /// The pixels of an image where a map of probabilities, stretched over a box, is at least `threshold`.
    ///
    /// The map is sampled bilinearly at pixel centres, and is zero outside of its cells' centres (mmdetection,
    /// `_do_paste_mask`; PyTorch's `grid_sample` with `align_corners=False`): along an axis, pixel `i` lies at
    /// `(i + 0.5 - x1) / (x2 - x1) * size - 0.5` cells. Between two cells' centres the sample is linear, so a row's
    /// runs begin and end where it crosses the threshold, and no pixel is looked at.
    ///
    /// - Parameters:
    ///   - probabilities: `[size, size]`; NaN counts as 0.
    ///   - height: of the image.
    ///   - threshold: above 0.
    /// - Returns: a mask without pixels where the box has no area or is not finite.
    public init(
        pasting probabilities: ArraySlice<Float>, size: Int, in box: Box, height: Int, width: Int,
        threshold: Float = 0.5
    ) {
        precondition(
            probabilities.count == size * size && threshold > 0,
            "ObjectMask: \(probabilities.count) probabilities of a map of \(size)x\(size), threshold \(threshold)")
        guard box.hasArea, box.width.isFinite, box.height.isFinite else {
            self.init()
            return
        }
        let rows = CellSpans(from: box.y1, to: box.y2, size: size, length: height)
        let columns = CellSpans(from: box.x1, to: box.x2, size: size, length: width)
        // A border of zeros, so that every span has a cell at both ends.
        let side = size + 2
        var cells = [Double](repeating: 0, count: side * side)
        for (place, value) in probabilities.enumerated() where value.isFinite {
            cells[(place / size + 1) * side + place % size + 1] = Double(value)
        }
        var runs: [PixelRun] = []
        var line = [Double](repeating: 0, count: side)
        for span in 0..<rows.count {
            for row in rows.pixels(of: span) {
                let fraction = rows.fraction(of: row, in: span)
                for column in 0..<side {
                    let above = cells[span * side + column]
                    line[column] = above + fraction * (cells[(span + 1) * side + column] - above)
                }
                columns.appendRuns(where: line, reaches: Double(threshold), row: row, to: &runs)
            }
        }
        self.init(runs)
    }
}

/// Where the pixels of an axis lie between the centres of a stretched map's cells; span `k` is between cells `k - 1`
/// and `k`, and the first and the last have a zero at one end.
private struct CellSpans {
    let count: Int
    private let start: Double
    /// Pixels between the centres of two cells.
    private let spacing: Double
    /// First pixel of each span, and the one after the last.
    private let first: [Int]

    init(from start: Float, to end: Float, size: Int, length: Int) {
        let (start, spacing) = (Double(start), (Double(end) - Double(start)) / Double(size))
        first = (0...size + 1).map { span in
            // The first pixel at or after the centre of cell `span - 1`.
            let position = start + (Double(span) - 0.5) * spacing - 0.5
            return Int(min(max(position.rounded(.up), 0), Double(length)))
        }
        (self.start, self.spacing, count) = (start, spacing, size + 1)
    }

    func pixels(of span: Int) -> Range<Int> { first[span]..<first[span + 1] }

    /// How far a pixel of the span is on its way between the two cells, in `0...1`.
    func fraction(of pixel: Int, in span: Int) -> Double {
        min(max((Double(pixel) + 0.5 - start) / spacing - (Double(span) - 0.5), 0), 1)
    }

    /// Adds the pixels of a row where the values at the cells, interpolated, are at least `threshold`.
    func appendRuns(where line: [Double], reaches threshold: Double, row: Int, to runs: inout [PixelRun]) {
        var open: Int?
        for span in 0..<count where first[span] < first[span + 1] {
            let (left, right) = (line[span], line[span + 1])
            if left < threshold && right < threshold {
                close(&open, at: first[span], row: row, in: &runs)
            } else if left >= threshold && right >= threshold {
                if open == nil { open = first[span] }
            } else if right >= threshold {
                close(&open, at: first[span], row: row, in: &runs)
                open = crossing(from: left, to: right, threshold, in: span)
            } else {
                if open == nil { open = first[span] }
                close(&open, at: crossing(from: left, to: right, threshold, in: span), row: row, in: &runs)
            }
        }
        close(&open, at: first[count], row: row, in: &runs)
    }

    /// The first pixel of a span behind the crossing of the threshold: at it when rising, past it when falling.
    private func crossing(from left: Double, to right: Double, _ threshold: Double, in span: Int) -> Int {
        let cell = Double(span) - 0.5 + (threshold - left) / (right - left)
        let position = start + cell * spacing - 0.5
        let pixel = right > left ? position.rounded(.up) : position.rounded(.down) + 1
        return Int(min(max(pixel, Double(first[span])), Double(first[span + 1])))
    }

    private func close(_ open: inout Int?, at end: Int, row: Int, in runs: inout [PixelRun]) {
        if let start = open, start < end { runs.append(PixelRun(row: row, start: start, end: end)) }
        open = nil
    }
}
