import TensorEngine
import Testing
import _TestSupport

@Suite struct ConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var stride = 1
        var padding = 0
        var dilation = 1
        var groups = 1
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "same", padding: 1),
        Case(name: "same_many_outputs", padding: 1),
        Case(name: "same_few_channels", padding: 1),
        Case(name: "valid"),
        Case(name: "wide_padding", padding: 3),
        Case(name: "dilated", padding: 2, dilation: 2),
        Case(name: "dilated_many_outputs", padding: 2, dilation: 2),
        Case(name: "strided", stride: 2, padding: 1),
        Case(name: "strided_dilated", stride: 2, padding: 1, dilation: 2),
        Case(name: "patch_embedding", stride: 4, padding: 3),
        Case(name: "kernel_is_stride", stride: 4),
        Case(name: "pointwise"),
        Case(name: "pointwise_strided", stride: 2),
        Case(name: "stride_beyond_kernel", stride: 3),
        Case(name: "grouped", padding: 1, groups: 3),
        Case(name: "grouped_many_channels", padding: 1, groups: 2),
        Case(name: "channel_multiplier", padding: 1, groups: 4),
        Case(name: "one_pixel", padding: 1),
        Case(name: "depthwise", padding: 1, groups: 70),
        Case(name: "depthwise_dilated", padding: 6, dilation: 6, groups: 5),
        Case(name: "depthwise_strided", stride: 2, padding: 1, groups: 6),
        Case(name: "depthwise_strided_dilated", stride: 4, padding: 3, dilation: 2, groups: 3),
    ]

    @Test(arguments: cases) func valuesAndGradientsAgreeWithPyTorch(_ options: Case) throws {
        try GoldenOperation("convolution", options.name).expect(
            inputs: ["input", "weight", "bias"], tolerance: sumTolerance
        ) {
            $0[0].convolution(
                weight: $0[1], bias: $0[2], stride: options.stride, padding: options.padding,
                dilation: options.dilation, groups: options.groups)
        }
    }

    /// Maps of several blocks of work, so that block borders and sums over threads take part.
    @Test(arguments: [1, 2]) func largeMapsAgreeWithAPlainLoop(stride: Int) {
        expectPlainValues([2, 37, 45, 33], outputs: 34, stride: stride, padding: 1, tolerance: sumTolerance)
    }

    /// The minimal filtering algorithm, chosen for 3 x 3 windows and multiples of sixteen channels, loses about five
    /// times what a direct sum loses.
    @Test(arguments: [[2, 37, 45, 32], [1, 16, 8, 48], [3, 9, 12, 64]], [0, 1, 2])
    func minimalFilteringAgreesWithAPlainLoop(shape: [Int], padding: Int) {
        expectPlainValues(shape, outputs: 48, stride: 1, padding: padding, tolerance: 1e-5)
    }

    /// Weights that are laid out in several parts, and rows of 1024 floats, between which lines are left free.
    @Test func minimalFilteringOfManyChannelsAgreesWithAPlainLoop() {
        expectPlainValues([1, 9, 8, 1024], outputs: 32, stride: 1, padding: 1, tolerance: 1e-5)
        expectPlainValues([1, 8, 8, 32], outputs: 544, stride: 1, padding: 1, tolerance: 1e-5)
    }

    /// A batch larger than a block of the minimal filtering algorithm gives what its images give one by one, up to
    /// rounding: on some processors the last digits of a product depend on how many rows it has.
    @Test func blocksOfTilesDoNotShow() {
        let x = pseudoRandomTensor([16, 32, 31, 512], seed: 1)
        let weight = pseudoRandomTensor([64, 3, 3, 512], seed: 2)
        let whole = [x.trackingGradient(), weight.trackingGradient()]
        let output = whole[0].convolution(weight: whole[1], padding: 1)
        runBackward(from: [(output, output.detached())])
        let single = weight.trackingGradient()
        for image in 0..<16 {
            let leaf = x.sliced(image..<image + 1, axis: 0).trackingGradient()
            let one = leaf.convolution(weight: single, padding: 1)
            let expected = output.detached().sliced(image..<image + 1, axis: 0).values()
            expectClose(one.values(), expected, tolerance: 1e-5)
            runBackward(from: [(one, one.detached())])
            let gradient = whole[0].gradient?.sliced(image..<image + 1, axis: 0).values() ?? []
            expectClose(leaf.gradient?.values() ?? [], gradient, tolerance: 1e-5)
        }
        // Sums over 16 images, added in another order.
        expectClose(single.gradient?.values() ?? [], whole[1].gradient?.values() ?? [], tolerance: 1e-5)
    }

    private func expectPlainValues(_ shape: [Int], outputs: Int, stride: Int, padding: Int, tolerance: Float) {
        let x = pseudoRandomTensor(shape, seed: 1)
        let weight = pseudoRandomTensor([outputs, 3, 3, shape[3]], seed: 2)
        let bias = pseudoRandomTensor([outputs], seed: 4)
        let leaves = [x.trackingGradient(), weight.trackingGradient()]
        let output = leaves[0].convolution(weight: leaves[1], bias: bias, stride: stride, padding: padding)
        let reference = PlainConvolution(input: x, weight: weight, bias: bias, stride: stride, padding: padding)
        expectClose(output.values(), reference.output(), tolerance: tolerance)
        let upstream = pseudoRandomTensor(output.shape, seed: 3)
        runBackward(from: [(output, upstream)])
        let gradients = reference.gradients(upstream.values())
        expectClose(leaves[0].gradient?.values() ?? [], gradients.input, tolerance: tolerance)
        expectClose(leaves[1].gradient?.values() ?? [], gradients.weight, tolerance: tolerance)
    }

    @Test(arguments: [1, 32, 33]) func noImagesGiveNoOutputAndZeroWeightGradients(channels: Int) {
        for groups in channels == 1 ? [1] : [1, channels] {
            let weight = Tensor.ones([channels, 3, 3, channels / groups]).trackingGradient()
            let bias = Tensor.ones([channels]).trackingGradient()
            let output = Tensor.zeros([0, 5, 5, channels]).trackingGradient()
                .convolution(weight: weight, bias: bias, padding: 1, groups: groups)
            #expect(output.shape == [0, 5, 5, channels])
            runBackward(from: [(output, Tensor.zeros(output.shape))])
            #expect(weight.gradient?.values().allSatisfy { $0 == 0 } == true)
            #expect(bias.gradient?.values().allSatisfy { $0 == 0 } == true)
        }
    }

    @Test func repeatsToTheBit() {
        func run(channels: Int) -> [Float] {
            let weight = pseudoRandomTensor([48, 3, 3, channels], seed: 2).trackingGradient()
            let output = pseudoRandomTensor([3, 20, 21, channels], seed: 1).convolution(weight: weight, padding: 1)
            runBackward(from: [(output, pseudoRandomTensor(output.shape, seed: 3))])
            return output.values() + (weight.gradient?.values() ?? [])
        }
        for channels in [12, 40, 48] { #expect(run(channels: channels) == run(channels: channels)) }
    }

    @Test func shapesThatDoNotFitStopTheProcess() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([1, 4, 4, 3]).convolution(weight: .zeros([2, 3, 3, 4]))
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([1, 2, 4, 3]).convolution(weight: .zeros([2, 3, 3, 3]))
        }
    }
}

/// Convolution by its definition, in double precision, for one group without dilation.
private struct PlainConvolution {
    let (input, weight, bias): ([Double], [Double], [Double])
    let (batch, height, width, inputs, outputs, kernel): (Int, Int, Int, Int, Int, Int)
    let (stride, padding): (Int, Int)
    let (outputHeight, outputWidth): (Int, Int)

    init(input: Tensor, weight: Tensor, bias: Tensor, stride: Int, padding: Int) {
        self.input = input.values().map(Double.init)
        self.weight = weight.values().map(Double.init)
        self.bias = bias.values().map(Double.init)
        (batch, height, width, inputs) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
        (outputs, kernel) = (weight.shape[0], weight.shape[1])
        (self.stride, self.padding) = (stride, padding)
        outputHeight = (height + 2 * padding - kernel) / stride + 1
        outputWidth = (width + 2 * padding - kernel) / stride + 1
    }

    func output() -> [Float] {
        var output = (0..<batch * outputHeight * outputWidth).flatMap { _ in bias }
        forEachTap { pixel, tap, source in
            for o in 0..<outputs {
                for c in 0..<inputs {
                    output[pixel * outputs + o] +=
                        input[source * inputs + c] * weight[(o * kernel * kernel + tap) * inputs + c]
                }
            }
        }
        return output.map(Float.init)
    }

    func gradients(_ upstream: [Float]) -> (input: [Float], weight: [Float]) {
        var inputGradient = [Double](repeating: 0, count: input.count)
        var weightGradient = [Double](repeating: 0, count: weight.count)
        forEachTap { pixel, tap, source in
            for o in 0..<outputs {
                let factor = Double(upstream[pixel * outputs + o])
                for c in 0..<inputs {
                    inputGradient[source * inputs + c] += factor * weight[(o * kernel * kernel + tap) * inputs + c]
                    weightGradient[(o * kernel * kernel + tap) * inputs + c] += factor * input[source * inputs + c]
                }
            }
        }
        return (inputGradient.map(Float.init), weightGradient.map(Float.init))
    }

    private func forEachTap(_ body: (_ pixel: Int, _ tap: Int, _ source: Int) -> Void) {
        for pixel in 0..<batch * outputHeight * outputWidth {
            let (row, outputX) = pixel.quotientAndRemainder(dividingBy: outputWidth)
            let (image, outputY) = row.quotientAndRemainder(dividingBy: outputHeight)
            for tap in 0..<kernel * kernel {
                let y = outputY * stride - padding + tap / kernel
                let x = outputX * stride - padding + tap % kernel
                if y >= 0, y < height, x >= 0, x < width { body(pixel, tap, (image * height + y) * width + x) }
            }
        }
    }
}
