internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func softmax(_ input: FloatArray, into output: FloatArray) { rows(input, into: output, ck_softmax) }
    package func logSoftmax(_ input: FloatArray, into output: FloatArray) { rows(input, into: output, ck_log_softmax) }

    package func softmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        rows(output, upstream, into: gradient, ck_softmax_gradient)
    }

    package func logSoftmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        rows(output, upstream, into: gradient, ck_log_softmax_gradient)
    }

    private typealias Function = (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
    private typealias Gradient = (
        UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>
    ) -> Void

    private func rows(_ input: FloatArray, into output: FloatArray, _ kernel: Function) {
        let rows = ChannelRows(input)
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(rows.count, grain: rows.grain) { range in
            let start = range.lowerBound * rows.channels
            kernel(from + start, range.count, rows.channels, to + start)
        }
    }

    private func rows(_ kept: FloatArray, _ upstream: FloatArray, into output: FloatArray, _ kernel: Gradient) {
        let rows = ChannelRows(kept)
        let (value, from, to) = (kept.floats, upstream.floats, output.floats)
        threads.parallelFor(rows.count, grain: rows.grain) { range in
            let start = range.lowerBound * rows.channels
            kernel(value + start, from + start, range.count, rows.channels, to + start)
        }
    }
}
