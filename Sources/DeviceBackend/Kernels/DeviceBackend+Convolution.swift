package import DeviceSeam

/// Convolution as products. With few outputs a kernel reads the maps as it multiplies; otherwise what the output pixels
/// read is laid side by side, a band of pixels at a time so that it never takes more than a bounded memory.
extension DeviceBackend {
    package func convolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, window: SlidingWindow, groups: Int,
        into output: FloatArray
    ) {
        let plan = ConvolutionPlan(window, groups: groups, inputs: input.shape[3], outputs: output.shape[3])
        if isImplicit(plan) {
            return implicitConvolution(input, weight: weight, bias: bias, plan, into: output)
        }
        if let bias {
            context.launch("repeat_row", each: output.count, [bias, output, plan.outputs, output.count])
        }
        forEachBand(plan) { pixels, group in
            let patches = patches(of: input, pixels, group, plan)
            product(
                patches, plan.weight(weight, group, isTransposed: true), into: plan.pixels(output, pixels, group),
                rows: pixels.count, columns: plan.outputsPerGroup, inner: plan.patchSize, alpha: 1,
                beta: bias == nil ? 0 : 1)
        }
    }

    package func convolutionInputGradient(
        _ upstream: FloatArray, weight: FloatArray, window: SlidingWindow, groups: Int, into gradient: FloatArray
    ) {
        let plan = ConvolutionPlan(window, groups: groups, inputs: gradient.shape[3], outputs: upstream.shape[3])
        if let turned = plan.turned, isImplicit(turned) {
            return implicitConvolution(upstream, weight: weight, bias: nil, turned, into: gradient)
        }
        if !plan.isPointwise { fill(gradient, with: 0) }
        forEachBand(plan) { pixels, group in
            let place =
                plan.isPointwise
                ? plan.inputPixels(gradient, pixels, group)
                : Matrix(floats([pixels.count, plan.patchSize]), rowStride: plan.patchSize)
            product(
                plan.pixels(upstream, pixels, group), plan.weight(weight, group, isTransposed: false), into: place,
                rows: pixels.count, columns: plan.patchSize, inner: plan.outputsPerGroup, alpha: 1, beta: 0)
            if !plan.isPointwise { collect(place.array, pixels, group, plan, into: gradient) }
        }
    }

    package func convolutionParameterGradients(
        _ upstream: FloatArray, input: FloatArray?, window: SlidingWindow, groups: Int, weight: GradientSum?,
        bias: GradientSum?
    ) {
        if let bias {
            let channels = upstream.shape[3]
            sum(upstream, outer: 1, length: upstream.count / max(1, channels), inner: channels, into: bias)
        }
        guard let weight, let input else { return }
        let plan = ConvolutionPlan(window, groups: groups, inputs: input.shape[3], outputs: upstream.shape[3])
        if !weight.adds { fill(weight.array, with: 0) }
        forEachBand(plan) { pixels, group in
            let patches = patches(of: input, pixels, group, plan)
            let above = plan.pixels(upstream, pixels, group)
            product(
                Matrix(above.array, start: above.start, rowStride: above.rowStride, isTransposed: true), patches,
                into: plan.weight(weight.array, group, isTransposed: false), rows: plan.outputsPerGroup,
                columns: plan.patchSize, inner: pixels.count, alpha: 1, beta: 1)
        }
    }

    /// Whether patches are not laid out: where there are so few outputs that writing and reading them would take as
    /// long as the product, and where the product is ours anyway. A matter of shapes alone, never of times.
    private func isImplicit(_ plan: ConvolutionPlan) -> Bool {
        !plan.isPointwise && (plan.outputsPerGroup <= limits.implicitOutputs || context.products == nil)
    }

    private func implicitConvolution(
        _ input: FloatArray, weight: FloatArray, bias: FloatArray?, _ plan: ConvolutionPlan, into output: FloatArray
    ) {
        var packed = plan.window.packed
        for number in [
            plan.inputs, plan.inputsPerGroup, plan.outputs, plan.outputsPerGroup, plan.isTurned ? 1 : 0,
        ] { packed.add(int32: number) }
        packed.add(int64: plan.pixelCount)
        context.launch(
            "implicit_convolution_\(precision)",
            groups: ((plan.pixelCount + 63) / 64, (plan.outputsPerGroup + 63) / 64, plan.groups),
            [input, weight, bias, output, packed])
    }

    private func forEachBand(_ plan: ConvolutionPlan, _ body: (_ pixels: Range<Int>, _ group: Int) -> Void) {
        let band = plan.isPointwise ? max(1, plan.pixelCount) : max(1, limits.patchFloats / max(1, plan.patchSize))
        for first in stride(from: 0, to: plan.pixelCount, by: band) {
            for group in 0..<plan.groups { body(first..<min(plan.pixelCount, first + band), group) }
        }
    }

    /// What output pixels read of a group, `[pixels, taps, channels]`; the input itself where each reads one pixel.
    private func patches(of input: FloatArray, _ pixels: Range<Int>, _ group: Int, _ plan: ConvolutionPlan) -> Matrix {
        guard !plan.isPointwise else { return plan.inputPixels(input, pixels, group) }
        let patches = floats([pixels.count, plan.patchSize])
        context.launch(
            "make_patches", each: patches.count,
            [
                input, patches, plan.window.packed, plan.inputs, group * plan.inputsPerGroup, plan.inputsPerGroup,
                pixels.lowerBound, patches.count,
            ])
        return Matrix(patches, rowStride: plan.patchSize)
    }

    /// Adds the gradients of patches to those of the pixels they were read from.
    private func collect(
        _ patches: FloatArray, _ pixels: Range<Int>, _ group: Int, _ plan: ConvolutionPlan, into gradient: FloatArray
    ) {
        let perImage = plan.window.vertical.outputSize * plan.window.horizontal.outputSize
        let first = pixels.lowerBound / perImage
        let images = (pixels.upperBound - 1) / perImage + 1 - first
        let count = images * plan.window.vertical.inputSize * plan.window.horizontal.inputSize * plan.inputsPerGroup
        context.launch(
            "collect_patches", each: count,
            [
                patches, gradient, plan.window.packed, plan.inputs, group * plan.inputsPerGroup, plan.inputsPerGroup,
                pixels.lowerBound, pixels.upperBound, first, count,
            ])
    }
}

/// Sizes of a convolution, and where its operands lie as matrices.
private struct ConvolutionPlan {
    let window: SlidingWindow
    let (groups, inputs, outputs): (Int, Int, Int)
    /// Whether the weights are those of the convolution whose input's gradient this is.
    let isTurned: Bool

    init(_ window: SlidingWindow, groups: Int, inputs: Int, outputs: Int, isTurned: Bool = false) {
        (self.window, self.isTurned) = (window, isTurned)
        (self.groups, self.inputs, self.outputs) = (groups, inputs, outputs)
    }

    /// The gradient of the input as a convolution of what comes from above; `nil` where windows take larger steps.
    var turned: ConvolutionPlan? {
        func turn(_ axis: SlidingWindow.Axis) -> SlidingWindow.Axis? {
            guard axis.stride == 1 else { return nil }
            return SlidingWindow.Axis(
                inputSize: axis.outputSize, kernel: axis.kernel, stride: 1, padding: axis.reach - axis.padding,
                dilation: axis.dilation)
        }
        guard let vertical = turn(window.vertical), let horizontal = turn(window.horizontal) else { return nil }
        return ConvolutionPlan(
            SlidingWindow(batch: window.batch, vertical: vertical, horizontal: horizontal), groups: groups,
            inputs: outputs, outputs: inputs, isTurned: true)
    }

    var inputsPerGroup: Int { inputs / groups }
    var outputsPerGroup: Int { outputs / groups }
    var patchSize: Int { window.taps * inputsPerGroup }
    var pixelCount: Int { window.outputPixels }

    /// Whether each output pixel reads the input pixel in its place alone.
    var isPointwise: Bool {
        window.taps == 1 && window.vertical.stride == 1 && window.horizontal.stride == 1
            && window.vertical.padding == 0 && window.horizontal.padding == 0
    }

    /// `[outputs of the group, taps * inputs of the group]`
    func weight(_ weight: FloatArray, _ group: Int, isTransposed: Bool) -> Matrix {
        Matrix(
            weight, start: group * outputsPerGroup * patchSize, rowStride: patchSize, isTransposed: isTransposed)
    }

    func pixels(_ map: FloatArray, _ pixels: Range<Int>, _ group: Int) -> Matrix {
        Matrix(map, start: pixels.lowerBound * outputs + group * outputsPerGroup, rowStride: outputs)
    }

    func inputPixels(_ map: FloatArray, _ pixels: Range<Int>, _ group: Int) -> Matrix {
        Matrix(map, start: pixels.lowerBound * inputs + group * inputsPerGroup, rowStride: inputs)
    }
}
