internal import DeviceSeam

/// Parts of maps, and maps as parts of larger ones; the gradient of each is the other.
extension Tensor {
    /// The pixels of maps `[B, H, W, C]` from row `top` and column `left` on, `[B, height, width, C]`, copied.
    ///
    /// - Precondition: the part lies inside the maps.
    public func cropped(top: Int, left: Int, height: Int, width: Int) -> Tensor {
        precondition(rank == 4, "crop: input must be [B, H, W, C], got \(shape)")
        precondition(
            top >= 0 && left >= 0 && height >= 0 && width >= 0 && top + height <= shape[1] && left + width <= shape[2],
            "crop: \(height) x \(width) pixels from row \(top), column \(left) on are not inside \(shape)")
        if height == shape[1], width == shape[2] { return self }
        let output = Tensor(uninitialized: [shape[0], height, width, shape[3]])
        copyPart(ofLarger: self, to: output, top: top, left: left)
        return output.recorded(from: [self]) { [shape] upstream, _ in
            [upstream.placed(inHeight: shape[1], width: shape[2], top: top, left: left)]
        }
    }

    /// Maps `[B, h, w, C]` in zeros `[B, height, width, C]`, from row `top` and column `left` on.
    ///
    /// - Precondition: the maps fit there.
    public func placed(inHeight height: Int, width: Int, top: Int, left: Int) -> Tensor {
        precondition(rank == 4, "place: input must be [B, h, w, C], got \(shape)")
        precondition(
            top >= 0 && left >= 0 && top + shape[1] <= height && left + shape[2] <= width,
            "place: maps of \(shape) from row \(top), column \(left) on are not inside \(height) x \(width) pixels")
        if height == shape[1], width == shape[2] { return self }
        let output = Tensor.zeros([shape[0], height, width, shape[3]])
        copyPart(self, toLarger: output, top: top, left: left)
        return output.recorded(from: [self]) { [shape] upstream, _ in
            [upstream.cropped(top: top, left: left, height: shape[1], width: shape[2])]
        }
    }

    /// Adds maps `[B, h, w, C]` to the part of these, `[B, H, W, C]`, that begins at row `top` and column `left`, in
    /// place. Nothing is recorded.
    ///
    /// - Precondition: the maps fit there.
    public func addInPlace(_ part: Tensor, top: Int, left: Int) {
        precondition(
            rank == 4 && part.rank == 4 && part.shape[0] == shape[0] && part.shape[3] == shape[3] && top >= 0
                && left >= 0 && top + part.shape[1] <= shape[1] && left + part.shape[2] <= shape[2],
            "add: maps of \(part.shape) from row \(top), column \(left) on are not inside \(shape)")
        copyPart(part, toLarger: self, top: top, left: left, adding: true)
    }
}

private func copyPart(ofLarger larger: Tensor, to part: Tensor, top: Int, left: Int) {
    forEachImage(larger, part, top: top, left: left) { inLarger, inPart, length in
        part.copyRows(of: larger, from: inLarger, to: inPart, length: length, rows: part.shape[1])
    }
}

private func copyPart(_ part: Tensor, toLarger larger: Tensor, top: Int, left: Int, adding: Bool = false) {
    forEachImage(larger, part, top: top, left: left) { inLarger, inPart, length in
        larger.copyRows(of: part, from: inPart, to: inLarger, length: length, rows: part.shape[1], adding: adding)
    }
}

/// Calls `body` with the rows of each image's part, in the larger map and in the part, and their length.
private func forEachImage(
    _ larger: Tensor, _ part: Tensor, top: Int, left: Int,
    _ body: (_ inLarger: RowPlaces, _ inPart: RowPlaces, _ length: Int) -> Void
) {
    let channels = part.shape[3]
    let (length, stride) = (part.shape[2] * channels, larger.shape[2] * channels)
    for image in 0..<part.shape[0] {
        let first = (image * larger.shape[1] + top) * stride + left * channels
        body(
            RowPlaces(start: first, stride: stride),
            RowPlaces(start: image * part.shape[1] * length, stride: length), length)
    }
}
