import DeviceBackend
import DeviceSeam
import Testing

@Suite(.everyKernel) struct `Convolution and maps on a device` {
    /// Input, outputs, kernel, stride, padding, dilation, groups.
    struct Case: Sendable {
        var input: [Int]
        var outputs: Int
        var kernel = (height: 3, width: 3)
        var stride = 1
        var padding = 1
        var dilation = 1
        var groups = 1

        var window: SlidingWindow {
            SlidingWindow(
                over: input, kernel: kernel, stride: stride, padding: padding, dilation: dilation, for: "test")
        }
    }

    static let cases = [
        Case(input: [2, 9, 7, 5], outputs: 6), Case(input: [1, 8, 8, 4], outputs: 3, kernel: (1, 1), padding: 0),
        Case(input: [2, 11, 13, 3], outputs: 8, kernel: (7, 7), stride: 4, padding: 3),
        Case(input: [1, 8, 8, 6], outputs: 5, kernel: (2, 2), stride: 2, padding: 0),
        Case(input: [1, 10, 9, 4], outputs: 6, padding: 2, dilation: 2, groups: 2),
        Case(input: [2, 5, 6, 4], outputs: 4, kernel: (1, 1), stride: 2, padding: 0, groups: 2),
    ]

    /// At once, and in bands that end within an image, within a line, and after each pixel.
    @Test(arguments: cases, [64 << 20, 1500, 400, 1])
    func `convolution and its gradients equal the CPU's`(example: Case, patchFloats: Int) throws {
        var limits = ScratchLimits()
        (limits.patchFloats, limits.implicitOutputs) = (patchFloats, 0)
        let device = try DeviceBackend(.standIn, limits: limits)
        try TwoBackends.expectSame(tolerance: 5e-6, on: device) { Self.results(of: $0, example) }
    }

    /// More pixels, outputs and channels than a tile has.
    static let large = [
        Case(input: [2, 9, 11, 17], outputs: 70), Case(input: [1, 12, 9, 66], outputs: 7, padding: 2, dilation: 2),
        Case(input: [1, 5, 40, 6], outputs: 4, kernel: (1, 5), padding: 0),
        Case(input: [1, 7, 7, 4], outputs: 6, padding: 3),
    ]

    @Test(arguments: cases + large)
    func `without patches too`(example: Case) throws {
        for usesLibrary in [true, false] {
            let device = try DeviceBackend(.standIn, usesProductLibrary: usesLibrary)
            try TwoBackends.expectSame(tolerance: 5e-6, on: device) { Self.results(of: $0, example) }
        }
    }

    @Test(arguments: [(Precision.tf32, 2e-3), (.bf16, 1.5e-2)])
    func `with rounded operands convolution is the same with patches and without, and near the CPU's`(
        precision: (Precision, Double)
    ) throws {
        var patches = ScratchLimits()
        patches.implicitOutputs = 0
        let example = Case(input: [2, 9, 11, 17], outputs: 7)
        let results = try [patches, ScratchLimits()].map { limits in
            let device = try DeviceBackend(.standIn, precision: precision.0, limits: limits)
            try TwoBackends.expectSame(tolerance: precision.1, on: device) { Self.results(of: $0, example) }
            let side = Side(device)
            return Self.results(of: side, example).mapValues { side.values($0) }
        }
        for name in ["output", "input", "weight"] {
            let (laidOut, implicit) = (try #require(results[0][name]), try #require(results[1][name]))
            #expect(relativeDifference(implicit, laidOut) <= 1e-6, "\(name)")
        }
    }

    static func results(of side: Side, _ example: Case) -> [String: FloatArray] {
        let window = example.window
        let shape = [
            example.input[0], window.vertical.outputSize, window.horizontal.outputSize, example.outputs,
        ]
        let weightShape = [
            example.outputs, example.kernel.height, example.kernel.width, example.input[3] / example.groups,
        ]
        let (input, weight) = (side.random(example.input, seed: 1), side.random(weightShape, seed: 2))
        let (output, upstream) = (side.floats(shape), side.random(shape, seed: 3))
        side.backend.convolution(
            input, weight: weight, bias: side.random([example.outputs], seed: 4), window: window,
            groups: example.groups, into: output)
        let ofInput = side.floats(example.input)
        side.backend.convolutionInputGradient(
            upstream, weight: weight, window: window, groups: example.groups, into: ofInput)
        let (ofWeight, ofBias) = (side.sum(weightShape, seed: 5), side.sum([example.outputs], seed: 6))
        side.backend.convolutionParameterGradients(
            upstream, input: input, window: window, groups: example.groups, weight: ofWeight, bias: ofBias)
        return ["output": output, "input": ofInput, "weight": ofWeight.array, "bias": ofBias.array]
    }

    @Test(arguments: [
        Case(input: [2, 9, 7, 21], outputs: 21), Case(input: [1, 9, 8, 5], outputs: 5, stride: 2),
        Case(input: [1, 12, 11, 8], outputs: 8, padding: 6, dilation: 6),
    ])
    func `depthwise convolution and its gradients equal the CPU's`(example: Case) throws {
        try TwoBackends.expectSame(tolerance: 5e-6) { side in
            let (window, channels) = (example.window, example.outputs)
            let shape = [example.input[0], window.vertical.outputSize, window.horizontal.outputSize, channels]
            let (input, weight) = (side.random(example.input, seed: 1), side.random([channels, 3, 3, 1], seed: 2))
            let (output, upstream) = (side.floats(shape), side.random(shape, seed: 3))
            side.backend.depthwiseConvolution(
                input, weight: weight, bias: side.random([channels], seed: 4), window: window, into: output)
            let ofInput = side.floats(example.input)
            side.backend.depthwiseInputGradient(upstream, weight: weight, window: window, into: ofInput)
            let (ofWeight, ofBias) = (side.sum([channels, 3, 3, 1], seed: 5), side.sum([channels], seed: 6))
            side.backend.depthwiseParameterGradients(
                upstream, input: input, window: window, weight: ofWeight, bias: ofBias)
            return ["output": output, "input": ofInput, "weight": ofWeight.array, "bias": ofBias.array]
        }
    }

    @Test func `transposed convolution and its gradients equal the CPU's`() throws {
        try TwoBackends.expectSame(tolerance: 5e-6) { side in
            let (input, weight) = (side.random([2, 3, 5, 7], seed: 1), side.random([7, 2, 2, 4], seed: 2))
            let (output, upstream) = (side.floats([2, 6, 10, 4]), side.random([2, 6, 10, 4], seed: 3))
            side.backend.transposedConvolution(input, weight: weight, bias: side.random([4], seed: 4), into: output)
            let (ofInput, ofWeight, ofBias) = (
                side.floats([2, 3, 5, 7]), side.sum([7, 2, 2, 4], seed: 5), side.sum([4], seed: 6)
            )
            side.backend.transposedConvolutionGradients(
                upstream, input: input, weight: weight, inputGradient: ofInput, weightGradient: ofWeight,
                biasGradient: ofBias)
            return ["output": output, "input": ofInput, "weight": ofWeight.array, "bias": ofBias.array]
        }
    }

    @Test(arguments: [
        ([2, 5, 7, 3], [2, 13, 20, 3]), ([1, 16, 16, 4], [1, 5, 7, 4]), ([1, 1, 1, 2], [1, 4, 6, 2]),
    ])
    func `resizing and its gradient equal the CPU's`(from: [Int], to: [Int]) throws {
        for mode in [ResizeMode.bilinear(alignCorners: false), .bilinear(alignCorners: true), .nearest] {
            try TwoBackends.expectSame { side in
                let (output, gradient) = (side.floats(to), side.floats(from))
                side.backend.resize(side.random(from, seed: 1), mode: mode, into: output)
                side.backend.resizeGradient(side.random(to, seed: 2), mode: mode, into: gradient)
                return ["output of \(mode)": output, "gradient of \(mode)": gradient]
            }
        }
    }

    @Test func `pooling and its gradients equal the CPU's`() throws {
        try TwoBackends.expectSame { side in
            let input = side.random([2, 9, 11, 5], seed: 1)
            let window = SlidingWindow(over: input.shape, kernel: (3, 3), stride: 2, padding: 1, for: "test")
            let shape = [2, window.vertical.outputSize, window.horizontal.outputSize, 5]
            let (largest, ofLargest) = (side.floats(shape), side.floats(input.shape))
            let winners = side.backend.allocate(byteCount: 2 * largest.count)
            side.backend.maxPool(input, window: window, into: largest, winners: winners)
            side.backend.maxPoolGradient(
                side.random(shape, seed: 2), winners: winners, window: window, into: ofLargest)
            var results = ["largest": largest, "gradient of largest": ofLargest]
            for divisor in [nil, 12] as [Float?] {
                let windows = AveragingWindows(
                    rows: [0..<2, 1..<6, 4..<9], columns: [0..<5, 3..<11], divisor: divisor)
                let (mean, ofMean) = (side.floats([2, 3, 2, 5]), side.floats(input.shape))
                side.backend.averagePool(input, windows: windows, into: mean)
                side.backend.averagePoolGradient(side.random([2, 3, 2, 5], seed: 3), windows: windows, into: ofMean)
                results["mean by \(divisor ?? 0)"] = mean
                results["gradient of mean by \(divisor ?? 0)"] = ofMean
            }
            return results
        }
    }

    @Test func `regions and their gradients equal the CPU's`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let maps = [side.random([2, 12, 10, 3], seed: 1), side.random([2, 6, 5, 3], seed: 2)]
            let boxes: [Float] = [3, 2, 30, 40, -8, -5, 12, 9, 10, 10, 10.5, 10.25, 0, 0, 900, 700, 5, 6, 21, 11]
            let regions = RegionTable(
                boxes: side.array(boxes, [5, 4]),
                places: side.array([0, 0, 1, 1, 1, 0, 0, 1, 1, 0] as [Int32], [5, 2]),
                strides: [4, 8])
            let (bins, upstream) = (side.floats([5, 4, 4, 3]), side.random([5, 4, 4, 3], seed: 3))
            side.backend.alignRegions(maps, regions, into: bins)
            let gradients = [side.sum([2, 12, 10, 3], seed: 4), GradientSum(side.floats([2, 6, 5, 3]), adds: false)]
            side.backend.alignRegionsGradient(upstream, regions, into: gradients)
            return ["bins": bins, "first": gradients[0].array, "second": gradients[1].array]
        }
    }

    @Test func `samples at points and their gradient equal the CPU's`() throws {
        try TwoBackends.expectSame { side in
            let maps = side.random([3, 6, 7], seed: 1)
            let points = side.random([4, 50, 2], seed: 2, scale: 0.6, shift: 0.5)
            let table = PointTable(points: points, maps: [2, 0, 2, 1])
            let (samples, gradient) = (side.floats([4, 50]), side.floats([3, 6, 7]))
            side.backend.samplePoints(maps, table, into: samples)
            side.backend.samplePointsGradient(side.random([4, 50], seed: 3), table, into: gradient)
            return ["samples": samples, "gradient": gradient]
        }
    }
}
