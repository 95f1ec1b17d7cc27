internal import DeviceSeam

extension Tensor {
    /// The largest value under each window, of each channel of `[B, H, W, C]`.
    ///
    /// Pixels outside the map take no part. Where several are equal, the gradient goes to the first in row order.
    ///
    /// - Precondition: `padding` is at most half of `kernelSize`, so that no window lies outside the map.
    public func maxPooled(kernelSize: Int, stride: Int, padding: Int = 0) -> Tensor {
        let window = poolingWindow(kernelSize: kernelSize, stride: stride, padding: padding, for: "max pooling")
        let output = Tensor(uninitialized: window.outputShape(channels: shape[3]))
        // Two bytes for each output, see `PoolingKernels`.
        let winnerBytes = 2 * output.count
        let winners = Engine.run(.call("allocate")) { $0.allocate(byteCount: winnerBytes) }
        Engine.run(.call("max pool", reads: [self], writes: [output], otherBytes: winnerBytes)) {
            $0.maxPool(array, window: window, into: output.array, winners: winners)
        }
        return output.recorded(from: [self]) { [shape] upstream, _ in
            let gradient = Tensor(uninitialized: shape)
            Engine.run(.call("max pool gradient", reads: [upstream], writes: [gradient], otherBytes: winnerBytes)) {
                $0.maxPoolGradient(upstream.array, winners: winners, window: window, into: gradient.array)
            }
            return [gradient]
        }
    }

    /// The mean under each window, of each channel of `[B, H, W, C]`.
    ///
    /// - Parameter countsPadding: divides by `kernelSize * kernelSize` also where a part of the window lies outside of
    ///   the map, as if zeros lay there; otherwise by the number of pixels inside.
    /// - Precondition: `padding` is at most half of `kernelSize`.
    public func averagePooled(kernelSize: Int, stride: Int, padding: Int = 0, countsPadding: Bool = true) -> Tensor {
        let window = poolingWindow(kernelSize: kernelSize, stride: stride, padding: padding, for: "average pooling")
        return averaged(
            AveragingWindows(
                rows: window.vertical.insideRanges, columns: window.horizontal.insideRanges,
                divisor: countsPadding ? Float(kernelSize * kernelSize) : nil))
    }

    /// The means over a grid of `height x width` windows that cover the map: window `i` of `n` over a length `L` is
    /// `floor(i L / n) ..< ceil((i + 1) L / n)`.
    ///
    /// - Precondition: the map has pixels, and `height` and `width` are at least 1.
    public func adaptiveAveragePooled(height: Int, width: Int) -> Tensor {
        precondition(rank == 4, "adaptive average pooling: input must be [B, H, W, C], got \(shape)")
        precondition(
            shape[1] >= 1 && shape[2] >= 1 && height >= 1 && width >= 1,
            "adaptive average pooling: cannot make \(height) x \(width) means of \(shape[1]) x \(shape[2]) pixels")
        func ranges(_ length: Int, _ count: Int) -> [Range<Int>] {
            (0..<count).map { $0 * length / count..<(($0 + 1) * length + count - 1) / count }
        }
        return averaged(
            AveragingWindows(rows: ranges(shape[1], height), columns: ranges(shape[2], width), divisor: nil))
    }

    /// The mean over each whole map: `[B, H, W, C] -> [B, 1, 1, C]`.
    public func globalAveragePooled() -> Tensor { adaptiveAveragePooled(height: 1, width: 1) }

    private func averaged(_ windows: AveragingWindows) -> Tensor {
        let output = Tensor(uninitialized: [shape[0], windows.rows.count, windows.columns.count, shape[3]])
        Engine.run(.call("average pool", reads: [self], writes: [output])) {
            $0.averagePool(array, windows: windows, into: output.array)
        }
        return output.recorded(from: [self]) { [shape] upstream, _ in
            let gradient = Tensor(uninitialized: shape)
            Engine.run(.call("average pool gradient", reads: [upstream], writes: [gradient])) {
                $0.averagePoolGradient(upstream.array, windows: windows, into: gradient.array)
            }
            return [gradient]
        }
    }

    private func poolingWindow(kernelSize: Int, stride: Int, padding: Int, for operation: String) -> SlidingWindow {
        precondition(
            padding * 2 <= kernelSize,
            "\(operation): padding \(padding) must be at most half of the kernel size \(kernelSize)")
        return SlidingWindow(
            over: shape, kernel: (kernelSize, kernelSize), stride: stride, padding: padding, for: operation)
    }
}

extension SlidingWindow.Axis {
    /// The pixels inside the map under the window at each output position (without dilation).
    fileprivate var insideRanges: [Range<Int>] {
        (0..<outputSize).map { output in
            let start = output * stride - padding
            return max(0, start)..<min(inputSize, start + kernel)
        }
    }
}
