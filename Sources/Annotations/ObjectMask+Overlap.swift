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
            if run.row == second.row { common += max(0, Int(min(run.end, second.end)) - Int(max(run.start, second.start))) }
            // The one that ends first has nothing in common with what follows the other.
            if (run.row, run.end) <= (second.row, second.end) { place += 1 } else { otherPlace += 1 }
        }
        return common
    }

    /// Pixels of the mask where `map` is not 0.
    ///
    /// - Parameter map: `[H, W, 1]`, in which the mask lies.
    public func markedArea(in map: LabelMap) -> Int { restricted(by: map, keepsMarked: true).area }
}
