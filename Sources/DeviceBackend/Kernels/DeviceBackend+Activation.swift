package import DeviceSeam

extension DeviceBackend {
    /// In the order of the kernel's cases.
    private enum Activation: Int {
        case gelu, relu, sigmoid
    }

    package func gelu(_ input: FloatArray, into output: FloatArray) { run(.gelu, input, output) }
    package func relu(_ input: FloatArray, into output: FloatArray) { run(.relu, input, output) }
    package func sigmoid(_ input: FloatArray, into output: FloatArray) { run(.sigmoid, input, output) }

    package func geluGradient(_ upstream: FloatArray, input: FloatArray, into gradient: FloatArray) {
        run(.gelu, input, upstream, gradient)
    }

    package func reluGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        run(.relu, output, upstream, gradient)
    }

    package func sigmoidGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        run(.sigmoid, output, upstream, gradient)
    }

    private func run(_ which: Activation, _ input: FloatArray, _ output: FloatArray) {
        context.launch("activation", each: input.count, [which.rawValue, input, output, input.count])
    }

    private func run(_ which: Activation, _ kept: FloatArray, _ upstream: FloatArray, _ gradient: FloatArray) {
        context.launch(
            "activation_gradient", each: kept.count, [which.rawValue, kept, upstream, gradient, kept.count])
    }
}
