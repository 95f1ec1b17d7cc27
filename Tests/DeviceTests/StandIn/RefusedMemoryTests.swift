import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Foundation
import Testing

/// Memory that a driver does not give, for one reason or another. A stand-in has its faults for a whole process.
@Suite struct `Memory that is refused` {
    private static func card(_ words: String) throws -> DeviceBackend {
        setenv("CAUSEWAY_STANDIN", "as-card,\(words)", 1)
        return try DeviceBackend(.card(0))
    }

    @Test func `a card without the memory to begin with cannot be used, and its sentence has the remedy`() async {
        await #expect(processExitsWith: .success) {
            let error = #expect(throws: DeviceError.self) { try Self.card("memory:20M") }
            let text = try #require(error?.description)
            try #require(text.hasPrefix("the memory of the device stand-in on the host is exhausted: 32 MiB more "))
            try #require(text.hasSuffix("; end what else uses it (nvidia-smi shows that), or take another"))
        }
    }

    @Test func `a launch that failed is told where memory is asked for, as what it was`() async {
        await #expect(processExitsWith: .success) {
            let backend = try Self.card("failing-launch:2")
            let side = Side(backend)
            let numbers = side.array([1, 2, 3] as [Float])
            for _ in 0..<100 { backend.unary(.affine, 2, 0, numbers, into: numbers) }
            _ = side.floats([64 << 20])
            let fault = try #require(backend.context.fault)
            try #require(!fault.isShortage)
            try #require(fault.description.contains(" MiB of memory: CUDA_ERROR_LAUNCH_FAILED ("))
            try #require(fault.description.contains("; last kernels: unary (1 x 1 x 1)"))
            try #require(!backend.context.recover())
        }
    }

    @Test func `a launch that failed is told where memory of the host is asked for`() async {
        await #expect(processExitsWith: .success) {
            let backend = try Self.card("failing-launch:2")
            let side = Side(backend)
            let numbers = side.floats([4 << 20])
            for _ in 0..<100 { backend.unary(.affine, 2, 0, numbers, into: numbers) }
            _ = backend.stage(numbers.memory, from: 0, byteCount: 16 << 20)
            let fault = try #require(backend.context.fault)
            try #require(!fault.isShortage)
            try #require(fault.description.contains("taking 16777216 bytes of the host for copies: CUDA_ERROR_LAUNCH_"))
        }
    }

    @Test func `addresses that the system does not give are not said to be memory`() async {
        await #expect(processExitsWith: .success) {
            let error = #expect(throws: DeviceError.self) { try Self.card("memory:2147483647G") }
            let text = try #require(error?.description)
            try #require(text.contains(" failed: reserving addresses for 2199023254528 MiB (is there a limit"))
            try #require(!text.contains("exhausted"))
        }
    }
}
