import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Synchronization
import Testing

@Suite(.serialized) struct `The stand-in driver` {
    @Test func `work that was told runs at the wait, in its order`() throws {
        let side = Side(try DeviceBackend(.standIn))
        let before = cdk_standin_count()
        let numbers = side.array([1, 2, 3] as [Float])
        for _ in 0..<10 { side.backend.unary(.affine, 2, 0, numbers, into: numbers) }
        #expect(side.values(numbers) == [1024, 2048, 3072])
        #expect(cdk_standin_count().launches - before.launches >= 10)
    }

    @Test func `memory that was given back is no number to whoever still reads it`() throws {
        let side = Side(try DeviceBackend(.standIn))
        var lost: FloatArray? = side.array([1, 2, 3] as [Float])
        let stale = try #require(lost).memory.address
        lost = nil
        let bytes = [Float](unsafeUninitializedCapacity: 3) { buffer, count in
            // The same addresses, without the owner.
            side.backend.download(
                DeviceMemory(address: stale) { _ in }, from: 0, to: UnsafeMutableRawBufferPointer(buffer))
            count = 3
        }
        #expect(bytes.count { $0.isNaN } == 3)
    }

    @Test func `fresh memory is no number`() throws {
        let side = Side(try DeviceBackend(.standIn))
        #expect(side.values(side.floats([1000])).count { $0.isNaN } == 1000)
    }

    @Test func `an upload may be changed on the host at once`() throws {
        let side = Side(try DeviceBackend(.standIn))
        var numbers = (0..<3_000_000).map { Float($0) }
        let array = side.floats([numbers.count])
        numbers.withUnsafeBytes { side.backend.upload($0, to: array.memory, from: 0) }
        for index in numbers.indices { numbers[index] = -1 }
        #expect(side.values(array) == (0..<3_000_000).map { Float($0) })
    }

    /// A failure of the stand-in is of the whole process, so each is made in one of its own.
    @Test func `a launch that fails is known at the next wait, and nothing is done any more`() async throws {
        await #expect(processExitsWith: .success) {
            let backend = try DeviceBackend(.standIn)
            let side = Side(backend)
            var options = cdk_standin_get()
            options.failing_launch = 2
            cdk_standin_set(options)
            let numbers = side.array([1, 2, 3] as [Float])
            for _ in 0..<3 { backend.unary(.affine, 2, 0, numbers, into: numbers) }
            try #require(backend.context.fault == nil)
            try #require(side.values(numbers) == [0, 0, 0])
            let text = try #require(backend.context.fault?.description)
            try #require(text.contains("waiting for the device: CUDA_ERROR_LAUNCH_FAILED"))
            try #require(text.hasSuffix("last kernels: unary (1 x 1 x 1), unary (1 x 1 x 1), unary (1 x 1 x 1)"))
            // The first fault stays the one that is told, and memory is not what the host waits for.
            try #require(side.values(side.array([4] as [Float])) == [0])
            try #require(backend.context.fault?.description == text)
            try #require(!backend.context.recover())
            try #require(backend.context.hasFailed)
        }
    }

    @Test func `more memory than there is names the sizes, and the device outlives it`() async throws {
        await #expect(processExitsWith: .success) {
            var options = cdk_standin_get()
            options.memory_bytes = 64 << 20
            cdk_standin_set(options)
            let backend = try DeviceBackend(.standIn)
            let side = Side(backend)
            let kept = side.array([Float](repeating: 3, count: 4 << 20))
            let before = backend.memoryStatistics
            do {
                let refused = side.floats([14 << 20])
                backend.fill(refused, with: 1)
                backend.unary(.affine, 2, 0, kept, into: kept)
                try #require(side.values(kept).allSatisfy { $0 == 0 })
            }
            let fault = try #require(backend.context.fault)
            try #require(fault.isShortage)
            try #require(
                fault.description
                    == "the memory of the device stand-in on the host is exhausted: 56 MiB more were asked for, and "
                    + "16 MiB of its 64 MiB are in use (at most 16 MiB so far, 32 MiB are mapped, 32 MiB are free for "
                    + "everybody): 16 MiB by what outlives a step, such as weights and their averages")
            try #require(backend.context.recover())
            try #require(backend.context.fault == nil)
            try #require(backend.memoryStatistics == before)
            // What was told after the fault was not done.
            try #require(side.values(kept).allSatisfy { $0 == 3 })
            backend.unary(.affine, 2, 0, kept, into: kept)
            try #require(side.values(kept).allSatisfy { $0 == 6 })
        }
    }

    @Test func `whoever is told of a fault hears the first one once`() async throws {
        await #expect(processExitsWith: .success) {
            let backend = try DeviceBackend(.standIn)
            let heard = Mutex(0)
            backend.context.whenFailed { _ in heard.withLock { $0 += 1 } }
            for text in ["one", "two"] { backend.context.fail(DeviceFailure(text)) }
            try #require(heard.withLock { $0 } == 1)
            try #require(backend.context.fault?.description == "one")
        }
    }

    @Test func `a driver of long ago is too old`() async throws {
        await #expect(processExitsWith: .success) {
            var options = cdk_standin_get()
            options.driver_version = 11_020
            cdk_standin_set(options)
            do {
                _ = try DeviceBackend(.standIn)
                Issue.record("it was taken")
            } catch let error as DeviceError {
                try #require(
                    error.description == "the driver is too old: it knows CUDA 11.2, and 12.0 is needed; install one of "
                        + "2023 or later")
            }
        }
    }

    @Test func `no device at all is an error with its reason`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var none = cdk_standin_get()
            none.devices = 0
            cdk_standin_set(none)
            do { _ = try DeviceBackend(.standIn) } catch let error as DeviceError { fatalError(error.description) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("the driver finds no device; is CUDA_VISIBLE_DEVICES empty? (CUDA_ERROR_NO_DEVICE"))
    }

    @Test func `a steady round of work takes no memory from the system and none leaks`() throws {
        let backend = try DeviceBackend(.standIn)
        let side = Side(backend)
        func round() {
            let input = side.random([64, 96], seed: 1)
            let (output, statistics) = (side.floats([64, 96]), side.floats([64, 2]))
            let weight = side.random([96], seed: 2)
            backend.layerNorm(
                input, weight: weight, bias: weight, epsilon: 1e-5, into: output, statistics: statistics)
            backend.sum(output, outer: 1, length: 64, inner: 96, into: weight)
            _ = side.values(weight)
        }
        round()
        let before = backend.memoryStatistics
        for _ in 0..<1000 { round() }
        let after = backend.memoryStatistics
        #expect(after.systemAllocations == before.systemAllocations)
        #expect(after.bytesInUse == before.bytesInUse)
        #expect(after.bytesInUse == 0)
    }
}
