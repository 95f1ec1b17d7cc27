public import ImageIO

extension ObjectMask {
    /// The part inside a window, counted from the window's corner.
    public func cropped(to window: PixelBox) -> ObjectMask {
        let (top, bottom) = (Int32(window.top), Int32(window.bottom))
        let (left, right) = (Int32(window.left), Int32(window.right))
        if box.top >= window.bottom || box.bottom <= window.top { return ObjectMask() }
        var builder = ObjectMaskBuilder()
        for run in runs where run.row >= top && run.row < bottom {
            let (start, end) = (max(run.start, left), min(run.end, right))
            if start < end { builder.append(row: run.row - top, start: start - left, end: end - left) }
        }
        return builder.mask
    }

    /// Mirrored left to right in an image of `width` columns.
    ///
    /// - Precondition: the mask lies inside.
    public func flippedHorizontally(width: Int) -> ObjectMask {
        precondition(box.right <= width, "ObjectMask: columns up to \(box.right) in an image of width \(width)")
        let width = Int32(width)
        var builder = ObjectMaskBuilder()
        forEachRow { row in
            for run in row.reversed() { builder.append(row: run.row, start: width - run.end, end: width - run.start) }
        }
        return builder.mask
    }

    /// As a map with this mask is resized by `PixelImage.resizedNearest`.
    ///
    /// - Precondition: no size is 0, and the mask lies inside the old one.
    public func resizedNearest(
        from old: (height: Int, width: Int), to new: (height: Int, width: Int), sampling: NearestSampling = .corner
    ) -> ObjectMask {
        precondition(
            old.height > 0 && old.width > 0 && new.height > 0 && new.width > 0 && box.bottom <= old.height
                && box.right <= old.width, "ObjectMask: \(box) resized from \(old) to \(new)")
        if old == new { return self }
        // The first pixel of the result whose source is `position` or later.
        func first(_ position: Int32, _ old: Int, _ new: Int) -> Int32 {
            Int32(min(new, sampling.first(from: Int(position), old: old, new: new)))
        }
        var builder = ObjectMaskBuilder()
        forEachRow { runs in
            guard let source = runs.first?.row else { return }
            for row in first(source, old.height, new.height)..<first(source + 1, old.height, new.height) {
                for run in runs {
                    let start = first(run.start, old.width, new.width)
                    let end = first(run.end, old.width, new.width)
                    if start < end { builder.append(row: row, start: start, end: end) }
                }
            }
        }
        return builder.mask
    }

    /// Visits the runs of one row after the other.
    private func forEachRow(_ body: (ArraySlice<PixelRun>) -> Void) {
        var start = 0
        while start < runs.count {
            var end = start + 1
            while end < runs.count && runs[end].row == runs[start].row { end += 1 }
            body(runs[start..<end])
            start = end
        }
    }
}
