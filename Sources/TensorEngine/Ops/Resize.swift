public import DeviceSeam

extension Tensor {
    /// Resizes maps `[B, H, W, C]` to `[B, height, width, C]`.
    ///
    /// Without aligned corners output pixel `o` reads at `max(0, (o + 0.5) H / height - 0.5)`, with them at
    /// `o (H - 1) / (height - 1)`: the coordinates of PyTorch's `interpolate` (`antialias=False`), on both axes.
    ///
    /// - Precondition: `H`, `W`, `height` and `width` are at least 1.
    public func resized(height: Int, width: Int, mode: ResizeMode = .bilinear(alignCorners: false)) -> Tensor {
        precondition(rank == 4, "resize: input must be [B, H, W, C], got \(shape)")
        precondition(
            shape[1] >= 1 && shape[2] >= 1 && height >= 1 && width >= 1,
            "resize: cannot make \(height) x \(width) pixels of \(shape[1]) x \(shape[2])")
        if height == shape[1], width == shape[2] { return self }
        let output = Tensor(uninitialized: [shape[0], height, width, shape[3]])
        Engine.run(.call("resize", reads: [self], writes: [output])) {
            $0.resize(array, mode: mode, into: output.array)
        }
        let input = Kept(self)
        let remake = { input.take().resized(height: height, width: width, mode: mode) }
        return output.recorded(from: [self], remadeBy: remake) { [shape] upstream, _ in
            let gradient = Tensor(uninitialized: shape)
            Engine.run(.call("resize gradient", reads: [upstream], writes: [gradient])) {
                $0.resizeGradient(upstream.array, mode: mode, into: gradient.array)
            }
            return [gradient]
        }
    }

    /// Every cell repeated, `[B, h, w, C] -> [B, height, width, C]`: a cell reads `floor(position * h / height)`, which
    /// is twice each where the size is twice as large, and fits any other size, as pyramids have it on their way down.
    public func upsampledNearest(height: Int, width: Int) -> Tensor {
        resized(height: height, width: width, mode: .nearest)
    }

    /// Every `step`th cell of both axes, beginning with the first (max pooling of windows of one cell):
    /// `[B, h, w, C] -> [B, ceil(h / step), ceil(w / step), C]`.
    public func subsampled(by step: Int) -> Tensor {
        precondition(rank == 4 && step >= 1, "subsample: cannot take each \(step)th cell of \(shape)")
        let (rows, columns) = (stride(from: 0, to: shape[1], by: step), stride(from: 0, to: shape[2], by: step))
        let cells = (0..<shape[0]).flatMap { image in
            rows.flatMap { y in columns.map { x in Int32((image * shape[1] + y) * shape[2] + x) } }
        }
        let size = [shape[0], (shape[1] + step - 1) / step, (shape[2] + step - 1) / step]
        return reshaped([shape[0] * shape[1] * shape[2], shape[3]]).gathered(IndexTensor(cells, shape: size))
    }
}
