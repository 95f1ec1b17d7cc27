internal import CKernels

extension CPUBackend: SoftmaxKernels {
    func softmax(_ input: Tensor, into output: Tensor) { rows(input, into: output, ck_softmax) }
    func logSoftmax(_ input: Tensor, into output: Tensor) { rows(input, into: output, ck_log_softmax) }

    func softmaxGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        rows(output, upstream, into: gradient, ck_softmax_gradient)
    }

    func logSoftmaxGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        rows(output, upstream, into: gradient, ck_log_softmax_gradient)
    }

    private typealias Function = (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
    private typealias Gradient = (
        UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>
    ) -> Void

    private func rows(_ input: Tensor, into output: Tensor, _ kernel: Function) {
        let rows = ChannelRows(input)
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(rows.count, grain: rows.grain) { range in
            let start = range.lowerBound * rows.channels
            kernel(from + start, range.count, rows.channels, to + start)
        }
    }

    private func rows(_ kept: Tensor, _ upstream: Tensor, into output: Tensor, _ kernel: Gradient) {
        let rows = ChannelRows(kept)
        let (value, from, to) = (kept.floats, upstream.floats, output.floats)
        threads.parallelFor(rows.count, grain: rows.grain) { range in
            let start = range.lowerBound * rows.channels
            kernel(value + start, from + start, range.count, rows.channels, to + start)
        }
    }
}
