internal import CKernels

extension CPUBackend: ActivationKernels {
    func gelu(_ input: Tensor, into output: Tensor) { map(input, into: output, ck_gelu) }
    func relu(_ input: Tensor, into output: Tensor) { map(input, into: output, ck_relu) }
    func sigmoid(_ input: Tensor, into output: Tensor) { map(input, into: output, ck_sigmoid) }

    func geluGradient(_ upstream: Tensor, input: Tensor, into gradient: Tensor) {
        map(input, upstream, into: gradient, ck_gelu_gradient)
    }

    func reluGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        map(output, upstream, into: gradient, ck_relu_gradient)
    }

    func sigmoidGradient(_ upstream: Tensor, output: Tensor, into gradient: Tensor) {
        map(output, upstream, into: gradient, ck_sigmoid_gradient)
    }

    private typealias Function = (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
    private typealias Gradient = (UnsafePointer<Float>, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void

    private func map(_ input: Tensor, into output: Tensor, _ kernel: Function) {
        let (from, to) = (input.floats, output.floats)
        threads.parallelFor(input.count, grain: Self.elementwiseGrain) { range in
            kernel(from + range.lowerBound, range.count, to + range.lowerBound)
        }
    }

    private func map(_ kept: Tensor, _ upstream: Tensor, into output: Tensor, _ kernel: Gradient) {
        let (value, from, to) = (kept.floats, upstream.floats, output.floats)
        threads.parallelFor(kept.count, grain: Self.elementwiseGrain) { range in
            let start = range.lowerBound
            kernel(value + start, from + start, range.count, to + start)
        }
    }
}
