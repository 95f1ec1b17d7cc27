public import ImageIO

extension ObjectMask {
    /// Pixels that both masks have.
    public func intersection(with other: ObjectMask) -> Int {
        guard box.top < other.box.bottom, other.box.top < box.bottom, box.left < other.box.right,
            other.box.left < box.right
        else { return 0 }
        var (place, otherPlace, common) = (0, 0, 0)
        while place < runs.count && otherPlace < other.runs.count {
            let (run, second) = (runs[place], other.runs[otherPlace])
            if run.row == second.row {
                common += max(0, Int(min(run.end, second.end)) - Int(max(run.start, second.start)))
            }
            // The one that ends first has nothing in common with what follows the other.
            if (run.row, run.end) <= (second.row, second.end) { place += 1 } else { otherPlace += 1 }
        }
        return common
    }

    /// The pixels that both masks have, as a mask.
    public func common(with other: ObjectMask) -> ObjectMask {
        guard intersection(with: other) > 0 else { return ObjectMask() }
        var builder = ObjectMaskBuilder()
        var (place, otherPlace) = (0, 0)
        while place < runs.count && otherPlace < other.runs.count {
            let (run, second) = (runs[place], other.runs[otherPlace])
            let (start, end) = (max(run.start, second.start), min(run.end, second.end))
            if run.row == second.row, start < end { builder.append(row: run.row, start: start, end: end) }
            if (run.row, run.end) <= (second.row, second.end) { place += 1 } else { otherPlace += 1 }
        }
        return builder.mask
    }

    /// Sum over its pixels.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    public func sum(of map: PixelImage<UInt16>) -> Int {
        precondition(
            map.channels == 1 && box.bottom <= map.height && box.right <= map.width,
            "ObjectMask: \(box) does not lie in a map of \(map.height)x\(map.width)")
        return map.pixels.withUnsafeBufferPointer { pixels in
            runs.reduce(0) { sum, run in
                let base = Int(run.row) * map.width
                return pixels[base + Int(run.start)..<base + Int(run.end)].reduce(sum) { $0 + Int($1) }
            }
        }
    }

    /// Pixels of the mask where `map` is not 0.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    public func markedArea(in map: LabelMap) -> Int { restricted(by: map, keepsMarked: true).area }
}
