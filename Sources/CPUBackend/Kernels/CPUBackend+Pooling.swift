internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func maxPool(_ input: FloatArray, window: SlidingWindow, into output: FloatArray, winners: DeviceMemory) {
        let (from, to) = (input.floats, output.floats)
        let taps = winners.address.assumingMemoryBound(to: UInt16.self)
        withUnsafePointer(to: ck_sliding(window, channels: input.shape[3])) { sliding in
            parallelRows(of: output) { rows in
                ck_max_pool(from, sliding, rows.lowerBound, rows.count, to, taps)
            }
        }
    }

    package func maxPoolGradient(
        _ upstream: FloatArray, winners: DeviceMemory, window: SlidingWindow, into gradient: FloatArray
    ) {
        let (from, to) = (upstream.floats, gradient.floats)
        let taps = winners.address.assumingMemoryBound(to: UInt16.self)
        withUnsafePointer(to: ck_sliding(window, channels: gradient.shape[3])) { sliding in
            parallelRows(of: gradient) { rows in
                ck_max_pool_gradient(from, taps, sliding, rows.lowerBound, rows.count, to)
            }
        }
    }

    package func averagePool(_ input: FloatArray, windows: AveragingWindows, into output: FloatArray) {
        let (from, to) = (input.floats, output.floats)
        withAveraging(windows, over: input.shape) { averaging in
            // A single window may be a whole map, so every row is worth a thread.
            threads.parallelFor(output.shape[0] * output.shape[1]) { rows in
                ck_average_pool(from, averaging, rows.lowerBound, rows.count, to)
            }
        }
    }

    package func averagePoolGradient(_ upstream: FloatArray, windows: AveragingWindows, into gradient: FloatArray) {
        let (from, to) = (upstream.floats, gradient.floats)
        withAveraging(windows, over: gradient.shape) { averaging in
            parallelRows(of: gradient) { rows in
                ck_average_pool_gradient(from, averaging, rows.lowerBound, rows.count, to)
            }
        }
    }

    private func withAveraging(
        _ windows: AveragingWindows, over input: [Int], _ body: (UnsafePointer<ck_averaging>) -> Void
    ) {
        func spans(_ ranges: [Range<Int>]) -> [ck_span] {
            ranges.map { ck_span(begin: UInt32($0.lowerBound), end: UInt32($0.upperBound)) }
        }
        spans(windows.rows).withUnsafeBufferPointer { rows in
            spans(windows.columns).withUnsafeBufferPointer { columns in
                let averaging = ck_averaging(
                    in_h: input[1], in_w: input[2], out_h: rows.count, out_w: columns.count, channels: input[3],
                    rows: rows.baseAddress, columns: columns.baseAddress, divisor: windows.divisor ?? 0)
                withUnsafePointer(to: averaging, body)
            }
        }
    }
}
