import CDeviceKernels
import DeviceBackend
import DeviceSeam
import Testing

/// When the host stands still, and what is taken from it. Counters are of the process, so each test has one of its own.
@Suite struct `The host waits` {
    @Test func `as often as the backend says`() async {
        await #expect(processExitsWith: .success) {
            let backend = try DeviceBackend(.standIn)
            let side = Side(backend)
            let (before, counted) = (cdk_standin_count().waits, backend.memoryStatistics.hostWaits)
            let numbers = side.random([3_000_000], seed: 1)
            for _ in 0..<3 {
                side.backend.unary(.affine, 2, 0, numbers, into: numbers)
                _ = side.values(numbers)
            }
            let stage = try #require(backend.stage(numbers.memory, from: 0, byteCount: 4000))
            while !stage.isHere {}
            #expect(cdk_standin_count().waits - before == 3)
            #expect(backend.memoryStatistics.hostWaits - counted == 3)
        }
    }

    @Test func `once for several arrays, however long`() async {
        await #expect(processExitsWith: .success) {
            let side = Side(try DeviceBackend(.standIn))
            let arrays = [side.random([10], seed: 1), side.random([3_000_000], seed: 2), side.random([7], seed: 3)]
            let buffers = arrays.map { UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * $0.count, alignment: 16) }
            let before = cdk_standin_count().waits
            side.backend.download(zip(arrays, buffers).map { HostCopy($0.memory, from: 0, to: $1) })
            #expect(cdk_standin_count().waits - before == 1)
            for (array, buffer) in zip(arrays, buffers) {
                #expect(Array(buffer.bindMemory(to: Float.self)) == side.values(array))
                buffer.deallocate()
            }
        }
    }

    @Test func `for no upload, and a steady round of them takes no memory of the host`() async {
        await #expect(processExitsWith: .success) {
            let backend = try DeviceBackend(.standIn)
            let side = Side(backend)
            let numbers = (0..<1_500_000).map { Float($0) }
            func round() -> Bool {
                let arrays = (0..<6).map { _ in side.array(numbers) }
                let stage = backend.stage(arrays[0].memory, from: 0, byteCount: 1_000_000)
                withExtendedLifetime(stage) { side.backend.unary(.affine, 2, 0, arrays[5], into: arrays[5]) }
                let last = arrays.map { side.values($0)[1_499_999] }
                return last == [Float](repeating: 1_499_999, count: 5) + [2_999_998]
            }
            let (waits, before) = (cdk_standin_count().waits, backend.memoryStatistics.systemAllocations)
            #expect(round())
            // One for each array that came back.
            #expect(cdk_standin_count().waits - waits == 6)
            let (blocks, allocations) = (cdk_standin_count().host_blocks, backend.memoryStatistics.systemAllocations)
            #expect(allocations > before, "the count must count")
            for _ in 0..<10 { #expect(round()) }
            #expect(cdk_standin_count().host_blocks == blocks)
            #expect(backend.memoryStatistics.systemAllocations == allocations)
        }
    }
}
