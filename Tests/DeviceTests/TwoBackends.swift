import CDeviceKernels
import CPUBackend
import DeviceBackend
@_exported import DeviceExamination
import DeviceSeam
import Testing

/// The CPU and the kernels of a device behind the stand-in, side by side: what a call makes on one must be what it
/// makes on the other.
enum TwoBackends {
    private static let cpu = CPUBackend(threads: ThreadPool(threadCount: 1))
    private static let device = Result { try DeviceBackend(.standIn) }

    static var processor: any Backend { cpu }

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

/// The largest difference divided by the largest expected value; infinite where one is no number, or infinite, and the
/// other is not.
func relativeDifference(_ actual: [Float], _ expected: [Float]) -> Double {
    KernelCall.Comparison.values(0).difference(actual, expected)
}
