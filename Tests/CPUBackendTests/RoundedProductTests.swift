import CKernels
import CPUBackend
import DeviceSeam
import Foundation
import Testing

@Suite struct RoundedProductTests {
    /// Of the loops in its place, and of oneDNN where it and the processor can.
    private static let libraries = [Bfloat16Library.standIn] + (folderOfOneDNN.map { [$0] } ?? [])
    private static let folderOfOneDNN: String? = {
        let folder = ProcessInfo.processInfo.environment[Bfloat16Library.environmentVariable] ?? ""
        return folder != Bfloat16Library.standIn && (try? Bfloat16Library(folder: folder.isEmpty ? nil : folder)) != nil
            ? folder : nil
    }()

    private static func backend(_ library: String, threads: Int = 2) throws -> CPUBackend {
        CPUBackend(
            threads: ThreadPool(threadCount: threads),
            bfloat16: try Bfloat16Library(folder: library.isEmpty ? nil : library))
    }

    @Test(.enabled(if: folderOfOneDNN != nil, "needs AVX512-BF16, and oneDNN where the loader or CAUSEWAY_ONEDNN has it"))
    func oneDNNIsTestedHere() { #expect(Self.libraries.count == 2) }

    /// By `torch.tensor(bits).view(torch.float32).bfloat16().view(torch.int16)`: halves, numbers that are not normal, and
    /// those that round to infinity.
    @Test func roundingIsThatOfPyTorch() {
        let numbers: [UInt32] = [
            0x3F80_0000, 0x3F80_8000, 0x3F81_8000, 0xBF80_8000, 0x3F80_8001, 0x4049_0FDB, 0x0001_16C2, 0x7F7F_0000,
            0x7F7F_8000, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0, 0x8000_0000, 1, 0x3DCC_CCCD, 0x477F_E000, 0xC02D_F854,
        ]
        let expected: [UInt16] = [
            0x3F80, 0x3F80, 0x3F82, 0xBF80, 0x3F81, 0x4049, 0x0001, 0x7F7F, 0x7F80, 0x7F80, 0x7F80, 0xFF80, 0, 0x8000, 0,
            0x3DCD, 0x4780, 0xC02E,
        ]
        #expect(Self.rounded(numbers) == expected)
        for number in Self.rounded([0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF]) {
            #expect(Float(bitPattern: UInt32(number) << 16).isNaN)
        }
    }

    private static func rounded(_ bits: [UInt32]) -> [UInt16] {
        var result = [UInt16](repeating: 0, count: bits.count)
        ck_round_bfloat16(bits.map(Float.init(bitPattern:)), bits.count, 1, bits.count, &result, bits.count)
        return result
    }

    /// Sides that are whole tiles and are not, each the longest once, and blocks: 1 << 20 numbers are rounded at a time.
    @Test(
        arguments: libraries,
        [(40, 33, 64), (33, 70, 41), (37, 41, 301), (1090, 33, 1024), (33, 1090, 1024), (33, 35, 16_000)])
    func productsAreThoseOfRoundedOperands(library: String, size: (rows: Int, columns: Int, inner: Int)) throws {
        let cases: [Case] = [
            Case(size, false, false, 1, 0), Case(size, false, true, 1, 1), Case(size, true, false, 0.25, -2),
            Case(size, true, true, 1, 0),
        ]
        let backends = try [1, 3].map { try Self.backend(library, threads: $0) }
        for products in cases { #expect(products.difference(on: backends, rounding: true) < 2e-6) }
    }

    /// Rounding would take longer than it saves.
    @Test(arguments: [(1000, 12, 64), (12, 1000, 64), (64, 64, 8), (16, 1, 5000), (1, 1, 0), (0, 40, 40)])
    func thinProductsStayInSinglePrecision(size: (rows: Int, columns: Int, inner: Int)) throws {
        let backend = try Self.backend(Bfloat16Library.standIn)
        #expect(Case(size, false, true, 1, 0).difference(on: [backend], rounding: false) < 2e-6)
    }

    @Test func productsOfABatchAreRoundedEach() throws {
        let backend = try Self.backend(Bfloat16Library.standIn)
        let (count, rows, columns, inner) = (3, 40, 48, 50)
        let (x, y) = (values(count * rows * inner, 1), values(count * columns * inner, 2))
        let output = array([Float](repeating: 1, count: count * rows * columns), on: backend)
        backend.batchedProduct(
            Matrix(array(x, on: backend), rowStride: inner), leftStride: rows * inner,
            Matrix(array(y, on: backend), rowStride: inner, isTransposed: true), rightStride: columns * inner,
            into: Matrix(output, rowStride: columns), outputStride: rows * columns, count: count, rows: rows,
            columns: columns, inner: inner, alpha: 0.5, beta: 1)
        let expected = (0..<count).flatMap { index in
            plainProduct(
                rows: rows, columns: columns, inner: inner, start: { _, _ in 2 },
                { near(x[(index * rows + $0) * inner + $1]) }, { near(y[(index * columns + $1) * inner + $0]) }
            ).map { $0 / 2 }
        }
        #expect(largestDifference(numbers(output, on: backend), expected) < 2e-6)
    }

    /// Each side the longest once, so that a bias is cut in all ways, and the sums in blocks.
    @Test(arguments: libraries, [(500, 70, 45), (40, 16_000, 33), (33, 1024, 1090)])
    func layersRoundForwardAndBackward(library: String, sizes: (rows: Int, inputs: Int, outputs: Int)) throws {
        let backend = try Self.backend(library)
        let size = LinearSize(rows: sizes.rows, inputs: sizes.inputs, outputs: sizes.outputs)
        let (x, w) = (values(size.rows * size.inputs, 3), values(size.outputs * size.inputs, 4))
        let bias = values(size.outputs, 5).map { 30 * $0 }
        let (input, weight) = (array(x, on: backend), array(w, on: backend))
        let output = array([Float](repeating: 9, count: size.rows * size.outputs), on: backend)
        backend.linear(input, weight: weight, bias: array(bias, on: backend), size, into: output)
        let expected = plainProduct(
            rows: size.rows, columns: size.outputs, inner: size.inputs, start: { Double(bias[$1]) },
            { near(x[$0 * size.inputs + $1]) }, { near(w[$1 * size.inputs + $0]) })
        #expect(largestDifference(numbers(output, on: backend), expected) < 2e-6)

        let g = values(size.rows * size.outputs, 6)
        let (start, sum) = (values(size.outputs * size.inputs, 7), values(size.outputs, 8))
        let (toWeight, toBias) = (array(start, on: backend), array(sum, on: backend))
        backend.linearParameterGradients(
            array(g, on: backend), input: input, size, weight: GradientSum(toWeight, adds: true),
            bias: GradientSum(toBias, adds: true))
        let gradient = plainProduct(
            rows: size.outputs, columns: size.inputs, inner: size.rows,
            start: { Double(start[$0 * size.inputs + $1]) },
            { near(g[$1 * size.outputs + $0]) }, { near(x[$0 * size.inputs + $1]) })
        #expect(largestDifference(numbers(toWeight, on: backend), gradient) < 2e-6)
        let sums = (0..<size.outputs).map { column in
            (0..<size.rows).reduce(Double(sum[column])) { $0 + Double(g[$1 * size.outputs + column]) }
        }
        #expect(largestDifference(numbers(toBias, on: backend), sums) < 2e-6, "what is no product is not rounded")
    }

    /// A window that moves by 2, one of a dilation and one in two groups, whose patches and taps are rounded; Winograd's
    /// is not. A map of 17 pixels a side gives four threads tiles of a few rows, and a last one of one, which is
    /// nevertheless rounded.
    @Test(arguments: libraries, [(2, 1, 1, true), (1, 2, 1, true), (1, 2, 2, true), (1, 1, 1, false)])
    func convolutionsRoundButWinograds(
        library: String, window: (stride: Int, dilation: Int, groups: Int, rounds: Bool)
    ) throws {
        let sizes = ConvolutionSizes(
            side: window.rounds ? 17 : 24, channels: 64, outputs: 96, stride: window.stride,
            dilation: window.dilation, groups: window.groups)
        let results = try [1, 4].map { sizes.results(on: try Self.backend(library, threads: $0)) }
        let expected = sizes.expected(window.rounds ? near : { Double($0) })
        for result in results {
            for (name, numbers) in result {
                #expect(largestDifference(numbers, expected[name] ?? []) < 1e-5, "\(name)")
            }
        }
    }

    @Test func whatCannotBeHadIsSaid() {
        let error = #expect(throws: Bfloat16Library.Unavailable.self) { try Bfloat16Library(folder: "/nowhere") }
        let text = error?.description ?? ""
        let reasons = ["no oneDNN can be used (/nowhere/libdnnl.so.3: ", "this processor has no instructions for it"]
        #expect(reasons.contains { text.hasPrefix($0) }, "\(text)")
    }
}

/// Products of one size.
private struct Case {
    let (rows, columns, inner): (Int, Int, Int)
    let (transposesLeft, transposesRight): (Bool, Bool)
    let (alpha, beta): (Float, Float)

    init(
        _ size: (rows: Int, columns: Int, inner: Int), _ transposesLeft: Bool, _ transposesRight: Bool, _ alpha: Float,
        _ beta: Float
    ) {
        (rows, columns, inner) = (size.rows, size.columns, size.inner)
        (self.transposesLeft, self.transposesRight) = (transposesLeft, transposesRight)
        (self.alpha, self.beta) = (alpha, beta)
    }

    /// The largest, from sums in double precision, relative to the largest number; rows of all matrices lie three numbers
    /// apart, which no product may touch.
    func difference(on backends: [CPUBackend], rounding: Bool) -> Double {
        let (leftStride, rightStride, stride) = (
            (transposesLeft ? rows : inner) + 3, (transposesRight ? inner : columns) + 3, columns + 3
        )
        let left = values((transposesLeft ? inner : rows) * leftStride, 1)
        let right = values((transposesRight ? columns : inner) * rightStride, 2)
        let before = values(rows * stride, 3)
        let keep = rounding ? near : { Double($0) }
        let products = plainProduct(
            rows: rows, columns: columns, inner: inner, start: { _, _ in 0 },
            { keep(left[transposesLeft ? $1 * leftStride + $0 : $0 * leftStride + $1]) },
            { keep(right[transposesRight ? $1 * rightStride + $0 : $0 * rightStride + $1]) })
        let expected = before.indices.map { index -> Double in
            let (row, column) = index.quotientAndRemainder(dividingBy: stride)
            guard column < columns else { return Double(before[index]) }
            return Double(alpha) * products[row * columns + column] + Double(beta) * Double(before[index])
        }
        return backends.map { backend in
            let output = array(before, on: backend)
            backend.product(
                Matrix(array(left, on: backend), rowStride: leftStride, isTransposed: transposesLeft),
                Matrix(array(right, on: backend), rowStride: rightStride, isTransposed: transposesRight),
                into: Matrix(output, rowStride: stride), rows: rows, columns: columns, inner: inner, alpha: alpha,
                beta: beta)
            return largestDifference(numbers(output, on: backend), expected)
        }.max() ?? .infinity
    }
}

/// A convolution of 3 x 3 on two maps, and its gradients.
private struct ConvolutionSizes {
    let (side, channels, outputs): (Int, Int, Int)
    let (stride, dilation, groups): (Int, Int, Int)

    private var outputSide: Int { (side - 1) / stride + 1 }
    private var groupInputs: Int { channels / groups }
    private var groupOutputs: Int { outputs / groups }
    private var x: [Float] { values(2 * side * side * channels, 11) }
    private var w: [Float] { values(outputs * 9 * groupInputs, 12) }
    private var g: [Float] { values(2 * outputSide * outputSide * outputs, 13) }

    func results(on backend: CPUBackend) -> [String: [Float]] {
        let axis = SlidingWindow.Axis(
            inputSize: side, kernel: 3, stride: stride, padding: dilation, dilation: dilation)
        let window = SlidingWindow(batch: 2, vertical: axis, horizontal: axis)
        let (inputShape, outputShape) = ([2, side, side, channels], [2, outputSide, outputSide, outputs])
        let (input, upstream) = (
            array(x, on: backend).view(from: 0, shape: inputShape), array(g, on: backend).view(from: 0, shape: outputShape)
        )
        let weight = array(w, on: backend).view(from: 0, shape: [outputs, 3, 3, groupInputs])
        func empty(_ shape: [Int]) -> FloatArray {
            array([Float](repeating: 9, count: shape.reduce(1, *)), on: backend).view(from: 0, shape: shape)
        }
        let (output, toInput, toWeight) = (empty(outputShape), empty(inputShape), empty(weight.shape))
        backend.convolution(input, weight: weight, bias: nil, window: window, groups: groups, into: output)
        backend.convolutionInputGradient(upstream, weight: weight, window: window, groups: groups, into: toInput)
        backend.convolutionParameterGradients(
            upstream, input: input, window: window, groups: groups, weight: GradientSum(toWeight, adds: false),
            bias: nil)
        return [
            "output": numbers(output, on: backend), "input gradient": numbers(toInput, on: backend),
            "weight gradient": numbers(toWeight, on: backend),
        ]
    }

    /// By one loop over all products.
    func expected(_ keep: (Float) -> Double) -> [String: [Double]] {
        let (x, w, g) = (x.map(keep), w.map(keep), g.map(keep))
        var output = [Double](repeating: 0, count: g.count)
        var (toInput, toWeight) = ([Double](repeating: 0, count: x.count), [Double](repeating: 0, count: w.count))
        for pixel in 0..<2 * outputSide * outputSide {
            let (map, place) = pixel.quotientAndRemainder(dividingBy: outputSide * outputSide)
            for tap in 0..<9 {
                let row = place / outputSide * stride + (tap / 3 - 1) * dilation
                let column = place % outputSide * stride + (tap % 3 - 1) * dilation
                guard (0..<side).contains(row), (0..<side).contains(column) else { continue }
                for o in 0..<outputs {
                    let from = ((map * side + row) * side + column) * channels + o / groupOutputs * groupInputs
                    let (weight, to) = ((o * 9 + tap) * groupInputs, pixel * outputs + o)
                    for c in 0..<groupInputs {
                        output[to] += x[from + c] * w[weight + c]
                        toInput[from + c] += g[to] * w[weight + c]
                        toWeight[weight + c] += g[to] * x[from + c]
                    }
                }
            }
        }
        return ["output": output, "input gradient": toInput, "weight gradient": toWeight]
    }
}

/// Between -1 and 1.
private func values(_ count: Int, _ seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
    }
}

/// The nearest number of eight digits, ties to even, by arithmetic instead of bits.
private func near(_ value: Float) -> Double {
    guard value != 0 else { return 0 }
    let unit = pow(2, Double(value.exponent) - 7)
    return (Double(value) / unit).rounded(.toNearestOrEven) * unit
}

private func plainProduct(
    rows: Int, columns: Int, inner: Int, start: (Int, Int) -> Double, _ left: (_ row: Int, _ index: Int) -> Double,
    _ right: (_ index: Int, _ column: Int) -> Double
) -> [Double] {
    let factors = (0..<columns).map { column in (0..<inner).map { right($0, column) } }
    return (0..<rows).flatMap { row -> [Double] in
        let operand = (0..<inner).map { left(row, $0) }
        return (0..<columns).map { column in
            factors[column].withUnsafeBufferPointer { factor in
                var sum = start(row, column)
                for index in 0..<inner { sum += operand[index] * factor[index] }
                return sum
            }
        }
    }
}

private func largestDifference(_ numbers: [Float], _ expected: [Double]) -> Double {
    let largest = expected.map(abs).max() ?? 1
    return zip(numbers, expected).map { abs(Double($0) - $1) / max(largest, 1e-30) }.max() ?? 0
}

private func array(_ numbers: [Float], on backend: CPUBackend) -> FloatArray {
    let memory = backend.allocate(byteCount: max(1, numbers.count) * MemoryLayout<Float>.stride)
    numbers.withUnsafeBytes { backend.upload($0, to: memory, from: 0) }
    return FloatArray(shape: [numbers.count], memory: memory)
}

private func numbers(_ array: FloatArray, on backend: CPUBackend) -> [Float] {
    [Float](unsafeUninitializedCapacity: array.count) { buffer, initialized in
        let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: array.count * 4)
        backend.download(array.memory, from: 0, to: bytes)
        initialized = array.count
    }
}
