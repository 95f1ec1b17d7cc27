internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func gelu(_ input: FloatArray, into output: FloatArray) { map(input, into: output, ck_gelu) }
    package func relu(_ input: FloatArray, into output: FloatArray) { map(input, into: output, ck_relu) }
    package func sigmoid(_ input: FloatArray, into output: FloatArray) { map(input, into: output, ck_sigmoid) }

    package func geluGradient(_ upstream: FloatArray, input: FloatArray, into gradient: FloatArray) {
        map(input, upstream, into: gradient, ck_gelu_gradient)
    }

    package func reluGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        map(output, upstream, into: gradient, ck_relu_gradient)
    }

    package func sigmoidGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        map(output, upstream, into: gradient, ck_sigmoid_gradient)
    }

    private typealias Function = (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
    private typealias Gradient = (UnsafePointer<Float>, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void

    private func map(_ input: FloatArray, into output: FloatArray, _ kernel: Function) {
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(input.count, grain: Self.elementwiseGrain) { range in
            kernel(from + range.lowerBound, range.count, to + range.lowerBound)
        }
    }

    private func map(_ kept: FloatArray, _ upstream: FloatArray, into output: FloatArray, _ kernel: Gradient) {
        let (value, from, to) = (kept.floats, upstream.floats, output.floats)
        threads.parallelFor(kept.count, grain: Self.elementwiseGrain) { range in
            let start = range.lowerBound
            kernel(value + start, from + start, range.count, to + start)
        }
    }
}
