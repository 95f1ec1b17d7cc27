import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Testing

@Suite(.serialized) struct `The stand-in driver` {
    @Test func `work that was told runs at the wait, in its order`() throws {
        let side = Side(try DeviceBackend(.standIn))
        let before = cdk_standin_count()
        let numbers = side.array([1, 2, 3] as [Float])
        for _ in 0..<10 { side.backend.unary(.affine, 2, 0, numbers, into: numbers) }
        #expect(cdk_standin_count().launches - before.launches >= 10)
        #expect(side.values(numbers) == [1024, 2048, 3072])
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

    @Test func `a launch that fails ends the program at the next wait, with the driver's words and the last kernels`()
        async throws
    {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let side = Side(try DeviceBackend(.standIn))
            var options = cdk_standin_get()
            options.failing_launch = 2
            cdk_standin_set(options)
            let numbers = side.array([1, 2, 3] as [Float])
            for _ in 0..<3 { side.backend.unary(.affine, 2, 0, numbers, into: numbers) }
            _ = side.values(numbers)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("CUDA_ERROR_LAUNCH_FAILED"))
        #expect(text.contains("last kernels: unary, unary, unary"))
    }

    @Test func `more memory than there is ends the program with the sizes and the remedy`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var options = cdk_standin_get()
            options.memory_bytes = 64 << 20
            cdk_standin_set(options)
            let side = Side(try DeviceBackend(.standIn))
            let kept = side.floats([4 << 20])
            withExtendedLifetime(kept) { _ = side.floats([14 << 20]) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("no memory for 58720256 bytes more; 75497472 of 67108864 bytes are in use"))
        #expect(text.contains("smaller batch"))
    }

    @Test func `no device at all is an error with its reason`() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var none = cdk_standin_get()
            none.devices = 0
            cdk_standin_set(none)
            do { _ = try DeviceBackend(.standIn) } catch let error as DeviceError { fatalError(error.description) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("device: starting the driver failed with CUDA_ERROR_NO_DEVICE"))
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
