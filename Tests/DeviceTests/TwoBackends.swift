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

    /// Runs `body` on both and compares the arrays that it answers with.
    ///
    /// - Parameters:
    ///   - tolerance: relative to the largest value of each array.
    ///   - device: another stand-in than the tests share.
    static func expectSame(
        tolerance: Double = 2e-6, on device: DeviceBackend? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Side) -> [String: FloatArray]
    ) throws {
        let (here, there) = (Side(cpu), Side(try device ?? standIn()))
        let (expected, actual) = (body(here), body(there))
        #expect(!expected.isEmpty, sourceLocation: sourceLocation)
        for (name, array) in expected {
            guard let other = actual[name] else {
                Issue.record("\(name) is missing", sourceLocation: sourceLocation)
                continue
            }
            let difference = relativeDifference(there.values(other), here.values(array))
            #expect(difference <= tolerance, "\(name) differs by \(difference)", sourceLocation: sourceLocation)
        }
    }
}

/// The largest difference divided by the largest expected value.
func relativeDifference(_ actual: [Float], _ expected: [Float]) -> Double {
    KernelCall.Comparison.values(0).difference(actual, expected)
}
