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
}

private func copyPart(ofLarger larger: Tensor, to part: Tensor, top: Int, left: Int) {
    forEachImage(larger, part, top: top, left: left) { inLarger, inPart, length, stride in
        Engine.backend.copyRows(
            larger, inputStart: inLarger, inputStride: stride, to: part, outputStart: inPart, outputStride: length,
            length: length, rows: part.shape[1])
    }
}

private func copyPart(_ part: Tensor, toLarger larger: Tensor, top: Int, left: Int) {
    forEachImage(larger, part, top: top, left: left) { inLarger, inPart, length, stride in
        Engine.backend.copyRows(
            part, inputStart: inPart, inputStride: length, to: larger, outputStart: inLarger, outputStride: stride,
            length: length, rows: part.shape[1])
    }
}

/// Calls `body` with the first elements of each image's part, the length of its rows, and that of the larger map's.
private func forEachImage(
    _ larger: Tensor, _ part: Tensor, top: Int, left: Int,
    _ body: (_ inLarger: Int, _ inPart: Int, _ length: Int, _ stride: Int) -> Void
) {
    let channels = part.shape[3]
    let (length, stride) = (part.shape[2] * channels, larger.shape[2] * channels)
    for image in 0..<part.shape[0] {
        body(
            (image * larger.shape[1] + top) * stride + left * channels, image * part.shape[1] * length, length, stride)
    }
}
