package import DeviceSeam

extension DeviceBackend {
    package func softmax(_ input: FloatArray, into output: FloatArray) { run(input, output, logarithm: false) }
    package func logSoftmax(_ input: FloatArray, into output: FloatArray) { run(input, output, logarithm: true) }

    package func softmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        run(output, upstream, gradient, logarithm: false)
    }

    package func logSoftmaxGradient(_ upstream: FloatArray, output: FloatArray, into gradient: FloatArray) {
        run(output, upstream, gradient, logarithm: true)
    }

    private func run(_ input: FloatArray, _ output: FloatArray, logarithm: Bool) {
        let rows = RowShape(input)
        guard rows.channels > 0 else { return }
        context.launch("softmax", groups: rows.warpGroups, [input, output, logarithm, rows.count, rows.channels])
    }

    private func run(_ kept: FloatArray, _ upstream: FloatArray, _ gradient: FloatArray, logarithm: Bool) {
        let rows = RowShape(kept)
        guard rows.channels > 0 else { return }
        context.launch(
            "softmax_gradient", groups: rows.warpGroups,
            [kept, upstream, gradient, logarithm, rows.count, rows.channels])
    }
}
