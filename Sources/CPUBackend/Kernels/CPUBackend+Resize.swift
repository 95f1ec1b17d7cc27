internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func resize(_ input: FloatArray, mode: ResizeMode, into output: FloatArray) {
        let (from, to) = (input.floats, output.floats)
        withResizing(mode, from: input.shape, to: output.shape) { resizing in
            parallelRows(of: output) { rows in
                withScratch(floats: input.shape[2] * input.shape[3]) { scratch in
                    ck_resize(from, resizing, rows.lowerBound, rows.count, scratch, to)
                }
            }
        }
    }

    package func resizeGradient(_ upstream: FloatArray, mode: ResizeMode, into gradient: FloatArray) {
        let (from, to) = (upstream.floats, gradient.floats)
        withResizing(mode, from: gradient.shape, to: upstream.shape) { resizing in
            parallelRows(of: gradient) { rows in
                withScratch(floats: upstream.shape[2] * upstream.shape[3]) { scratch in
                    ck_resize_gradient(from, resizing, rows.lowerBound, rows.count, scratch, to)
                }
            }
        }
    }

    func withResizing(
        _ mode: ResizeMode, from input: [Int], to output: [Int], _ body: (UnsafePointer<ck_resizing>) -> Void
    ) {
        let rows = samples(mode, inputSize: input[1], outputSize: output[1])
        let columns = samples(mode, inputSize: input[2], outputSize: output[2])
        rows.withUnsafeBufferPointer { rows in
            columns.withUnsafeBufferPointer { columns in
                let resizing = ck_resizing(
                    in_h: input[1], in_w: input[2], out_h: output[1], out_w: output[2], channels: input[3],
                    rows: rows.baseAddress, columns: columns.baseAddress)
                withUnsafePointer(to: resizing, body)
            }
        }
    }

    /// Where each output position of an axis reads its input.
    private func samples(_ mode: ResizeMode, inputSize: Int, outputSize: Int) -> [ck_sample] {
        [ck_sample](unsafeUninitializedCapacity: outputSize) { buffer, count in
            switch mode {
            case .bilinear(let alignCorners):
                ck_bilinear_samples(inputSize, outputSize, alignCorners ? 1 : 0, buffer.baseAddress)
            case .nearest:
                ck_nearest_samples(inputSize, outputSize, buffer.baseAddress)
            }
            count = outputSize
        }
    }
}
