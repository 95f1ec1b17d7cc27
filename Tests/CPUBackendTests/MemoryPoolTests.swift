import CPUBackend
import DeviceSeam
import Testing

@Suite struct MemoryPoolTests {
    private let megabyte = 1 << 20

    @Test func neighboursThatAreFreedServeALargerBlock() {
        let pool = MemoryPool()
        let size = 3 * megabyte
        let blocks = (0..<4).map { _ in pool.allocate(blockSize: size) }
        #expect(Set(blocks).count == 4)
        let reserved = pool.statistics.bytesReserved
        // The middle ones, in both orders of neighbours; the last keeps the end of the arena where it is.
        for block in [blocks[1], blocks[0], blocks[2]] { pool.release(block, blockSize: size) }
        let whole = pool.allocate(blockSize: 3 * size)
        #expect(whole == blocks[0])
        #expect(pool.statistics.bytesReserved == reserved)
        pool.release(whole, blockSize: 3 * size)
        pool.release(blocks[3], blockSize: size)
        #expect(pool.statistics.bytesInUse == 0)
    }

    @Test func theBestFittingHoleIsTaken() {
        let pool = MemoryPool()
        let sizes = [4, 1, 2, 1].map { $0 * megabyte }
        let blocks = sizes.map { pool.allocate(blockSize: $0) }
        pool.release(blocks[0], blockSize: sizes[0])
        pool.release(blocks[2], blockSize: sizes[2])
        #expect(pool.allocate(blockSize: 2 * megabyte) == blocks[2])
        #expect(pool.allocate(blockSize: 2 * megabyte) == blocks[0])
    }

    @Test func blocksAreAlignedWritableAndApart() {
        let pool = MemoryPool()
        var blocks: [(start: UnsafeMutableRawPointer, size: Int)] = []
        for count in [1, 63, 64, 5_000, 200_000, 300_001, 3_000_000, 7] {
            let size = MemoryPool.blockSize(for: count)
            #expect(size >= count)
            let block = pool.allocate(blockSize: size)
            #expect(Int(bitPattern: block).isMultiple(of: 64))
            block.initializeMemory(as: UInt8.self, repeating: UInt8(blocks.count), count: size)
            blocks.append((block, size))
        }
        for (index, block) in blocks.enumerated() {
            let bytes = UnsafeRawBufferPointer(start: block.start, count: block.size)
            #expect(bytes.allSatisfy { $0 == UInt8(index) })
            pool.release(block.start, blockSize: block.size)
        }
    }

    @Test func aSteadyPatternAsksTheSystemForNothing() {
        let pool = MemoryPool()
        func step() {
            let sizes = [200_000, 3_000_000, 700, 900_000, 3_000_000, 40_000].map { MemoryPool.blockSize(for: $0) }
            let blocks = sizes.map { pool.allocate(blockSize: $0) }
            for index in [3, 0, 5, 1, 4, 2] { pool.release(blocks[index], blockSize: sizes[index]) }
        }
        step()
        let before = pool.statistics.systemAllocations
        for _ in 0..<20 { step() }
        #expect(pool.statistics.systemAllocations == before)
    }
}
