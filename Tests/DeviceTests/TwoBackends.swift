import CDeviceKernels
import CPUBackend
import DeviceBackend
import DeviceSeam
import Testing

/// The CPU and the kernels of a device behind the stand-in, side by side: what a call makes on one must be what it
/// makes on the other.
enum TwoBackends {
    private static let cpu = CPUBackend(threads: ThreadPool(threadCount: 1))
    private static let device = Result { try DeviceBackend(.standIn) }

    static func standIn() throws -> DeviceBackend { try device.get() }

    /// Orders in which the threads of a group, and the groups, take their turns: ascending, and two others.
    private static let orders: [UInt64] = [0, 7, 12_347]

    /// Runs `body` on both and compares the arrays that it answers with; on the device in three orders of threads,
    /// which must give the same bits.
    ///
    /// - Parameters:
    ///   - tolerance: relative to the largest value of each array.
    ///   - device: another stand-in than the tests share.
    static func expectSame(
        tolerance: Double = 2e-6, on device: DeviceBackend? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Side) -> [String: FloatArray]
    ) throws {
        let (here, there) = (Side(cpu), Side(try device ?? standIn()))
        let expected = body(here).mapValues { here.values($0) }
        #expect(!expected.isEmpty, sourceLocation: sourceLocation)
        var first: [String: [Float]]?
        for order in orders {
            let actual = ordered(order) { body(there).mapValues { there.values($0) } }
            if let first {
                for (name, values) in first {
                    let same = actual[name].map { $0.map(\.bitPattern) } == values.map(\.bitPattern)
                    #expect(same, "\(name) depends on the order of threads (\(order))", sourceLocation: sourceLocation)
                }
                continue
            }
            first = actual
            for (name, values) in expected {
                guard let other = actual[name] else {
                    Issue.record("\(name) is missing", sourceLocation: sourceLocation)
                    continue
                }
                let difference = relativeDifference(other, values)
                #expect(difference <= tolerance, "\(name) differs by \(difference)", sourceLocation: sourceLocation)
            }
        }
    }

    /// Runs `body` with the stand-in's threads in an order; what it tells must be told by this thread.
    static func ordered<Result>(_ seed: UInt64, _ body: () throws -> Result) rethrows -> Result {
        cdk_standin_set_order(seed)
        defer { cdk_standin_reset_order() }
        return try body()
    }
}

/// One of the backends, with arrays whose contents depend on their seeds alone.
struct Side {
    let backend: any Backend

    init(_ backend: any Backend) { self.backend = backend }

    func array<Element: BitwiseCopyable>(_ values: [Element], _ shape: [Int]? = nil) -> DeviceArray<Element> {
        let bytes = values.count * MemoryLayout<Element>.stride
        let array = DeviceArray<Element>(
            shape: shape ?? [values.count], memory: backend.allocate(byteCount: bytes))
        values.withUnsafeBytes { backend.upload($0, to: array.memory, from: 0) }
        return array
    }

    /// Numbers of -1...1.
    func random(_ shape: [Int], seed: UInt64, scale: Float = 1, shift: Float = 0) -> FloatArray {
        array(Noise.floats(shape.reduce(1, *), seed: seed).map { $0 * scale + shift }, shape)
    }

    func empty<Element: BitwiseCopyable>(_ type: Element.Type, _ shape: [Int]) -> DeviceArray<Element> {
        DeviceArray(
            shape: shape,
            memory: backend.allocate(byteCount: shape.reduce(1, *) * MemoryLayout<Element>.stride))
    }

    func floats(_ shape: [Int]) -> FloatArray { empty(Float.self, shape) }

    func faults() -> Faults { Faults(array([Int32](repeating: 0, count: Faults.Word.allCases.count))) }

    func values<Element: BitwiseCopyable>(_ array: DeviceArray<Element>) -> [Element] {
        [Element](unsafeUninitializedCapacity: array.count) { buffer, count in
            let size = MemoryLayout<Element>.stride
            backend.download(
                array.memory, from: array.offset * size,
                to: UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(array.count * size)]))
            count = array.count
        }
    }

    /// Numbers of another kind as floats, to be compared.
    func asFloats<Element: BitwiseCopyable & BinaryInteger>(_ numbers: DeviceArray<Element>) -> FloatArray {
        array(values(numbers).map { Float($0) }, numbers.shape)
    }

    func asFloats(_ numbers: SumArray) -> FloatArray { array(values(numbers).map { Float($0) }, numbers.shape) }

    /// An array that a gradient is added to.
    func sum(_ shape: [Int], seed: UInt64) -> GradientSum { GradientSum(random(shape, seed: seed), adds: true) }
}

/// Numbers that depend on their seed alone.
enum Noise {
    static func floats(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        }
    }

    static func labels(_ count: Int, below limit: Int, seed: UInt64) -> [Int32] {
        floats(count, seed: seed).map { Int32(min(Float(limit - 1), ($0 + 1) / 2 * Float(limit))) }
    }
}

/// The largest difference divided by the largest expected value; infinite where one is no number, or infinite, and the
/// other is not.
func relativeDifference(_ actual: [Float], _ expected: [Float]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = Double(max(expected.filter(\.isFinite).map(abs).max() ?? 0, .leastNormalMagnitude))
    let worst = zip(actual, expected).map { pair -> Double in
        if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return 0 }
        let difference = abs(Double(pair.0) - Double(pair.1))
        return difference.isNaN ? .infinity : difference
    }
    return (worst.max() ?? 0) / scale
}
