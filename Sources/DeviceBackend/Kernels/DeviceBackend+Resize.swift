package import DeviceSeam

extension DeviceBackend {
    package func resize(_ input: FloatArray, mode: ResizeMode, into output: FloatArray) {
        let (from, to) = (input.shape, output.shape)
        context.launch(
            "resize", each: output.count,
            [input, output, mode.number, from[1], from[2], to[1], to[2], from[3], output.count])
    }

    package func resizeGradient(_ upstream: FloatArray, mode: ResizeMode, into gradient: FloatArray) {
        let (from, to) = (gradient.shape, upstream.shape)
        context.launch(
            "resize_gradient", each: gradient.count,
            [upstream, gradient, mode.number, from[1], from[2], to[1], to[2], from[3], gradient.count])
    }
}

extension ResizeMode {
    /// As the kernels count them.
    fileprivate var number: Int {
        switch self {
        case .bilinear(let alignCorners): alignCorners ? 1 : 0
        case .nearest: 2
        }
    }
}
