import CKernels
import CPUBackend
import DeviceSeam
import Foundation
import Testing

@Suite struct RoundedProductTests {
    /// The loops in its place, and oneDNN itself where it and the processor can.
    private static let libraries = [Bfloat16Library.standIn] + (isHere ? ["oneDNN"] : [])
    private static let isHere = (try? library("oneDNN")) != nil

    private static func library(_ name: String) throws -> Bfloat16Library {
        let folder = ProcessInfo.processInfo.environment["CAUSEWAY_ONEDNN"]
        return try Bfloat16Library(folder: name == Bfloat16Library.standIn ? name : folder)
    }

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
        let backends = try [1, 3].map {
            CPUBackend(threads: ThreadPool(threadCount: $0), bfloat16: try Self.library(library))
        }
        for products in cases { #expect(products.difference(on: backends, rounding: true) < 2e-6) }
    }

    /// Rounding would take longer than it saves.
    @Test(arguments: [(1000, 12, 64), (12, 1000, 64), (64, 64, 8), (16, 1, 5000), (1, 1, 0), (0, 40, 40)])
    func thinProductsStayInSinglePrecision(size: (rows: Int, columns: Int, inner: Int)) throws {
        let backend = CPUBackend(
            threads: ThreadPool(threadCount: 2), bfloat16: try Self.library(Bfloat16Library.standIn))
        #expect(Case(size, false, true, 1, 0).difference(on: [backend], rounding: false) < 2e-6)
    }

    @Test(arguments: libraries)
    func layersRoundForwardAndBackward(library: String) throws {
        let backend = CPUBackend(threads: ThreadPool(threadCount: 2), bfloat16: try Self.library(library))
        let size = LinearSize(rows: 500, inputs: 70, outputs: 45)
        let (x, w) = (values(size.rows * size.inputs, 3), values(size.outputs * size.inputs, 4))
        let bias = values(size.outputs, 5)
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

    /// A window that moves by 2 and one of a dilation, whose patches and taps are rounded; Winograd's is not.
    @Test(arguments: libraries, [(2, 1, true), (1, 2, true), (1, 1, false)])
    func convolutionsRoundButWinograds(library: String, window: (stride: Int, dilation: Int, rounds: Bool)) throws {
        let backend = CPUBackend(threads: ThreadPool(threadCount: 2), bfloat16: try Self.library(library))
        let (side, channels, outputs, reach) = (24, 32, 48, 2 * window.dilation)
        let padding = window.dilation
        let outputSide = (side + 2 * padding - reach - 1) / window.stride + 1
        let axis = SlidingWindow.Axis(
            inputSize: side, kernel: 3, stride: window.stride, padding: padding, dilation: window.dilation)
        let (x, w) = (values(2 * side * side * channels, 11), values(outputs * 9 * channels, 12))
        let output = array([Float](repeating: 0, count: 2 * outputSide * outputSide * outputs), on: backend)
            .view(from: 0, shape: [2, outputSide, outputSide, outputs])
        backend.convolution(
            array(x, on: backend).view(from: 0, shape: [2, side, side, channels]),
            weight: array(w, on: backend).view(from: 0, shape: [outputs, 3, 3, channels]), bias: nil,
            window: SlidingWindow(batch: 2, vertical: axis, horizontal: axis), groups: 1, into: output)
        let keep = window.rounds ? near : { Double($0) }
        let expected = plainProduct(
            rows: 2 * outputSide * outputSide, columns: outputs, inner: 9 * channels, start: { _, _ in 0 },
            { row, index in
                let (map, pixel) = row.quotientAndRemainder(dividingBy: outputSide * outputSide)
                let (tap, channel) = index.quotientAndRemainder(dividingBy: channels)
                let y = pixel / outputSide * window.stride + tap / 3 * window.dilation - padding
                let column = pixel % outputSide * window.stride + tap % 3 * window.dilation - padding
                guard (0..<side).contains(y), (0..<side).contains(column) else { return 0 }
                return keep(x[((map * side + y) * side + column) * channels + channel])
            }, { keep(w[$1 * 9 * channels + $0]) })
        #expect(largestDifference(numbers(output, on: backend), expected) < 1e-5)
    }

    @Test func whatCannotBeHadIsSaid() {
        let error = #expect(throws: Bfloat16Library.Unavailable.self) { try Bfloat16Library(folder: "/nowhere") }
        let text = error?.description ?? ""
        let reasons = ["oneDNN is missing (/nowhere/libdnnl.so.2: ", "this processor has no instructions for it"]
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
