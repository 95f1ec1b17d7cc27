internal import DeviceSeam

extension DeviceMemory {
    /// A block of a pool of host memory.
    convenience init(byteCount: Int, pool: MemoryPool) {
        let blockSize = MemoryPool.blockSize(for: byteCount)
        self.init(address: pool.allocate(blockSize: blockSize)) { pool.release($0, blockSize: blockSize) }
    }
}

extension DeviceArray {
    /// The elements; only while the array is alive in the caller.
    var pointer: UnsafeMutablePointer<Element> { memory.address.assumingMemoryBound(to: Element.self) + offset }
}

extension DeviceArray where Element == Float {
    var floats: UnsafeMutablePointer<Float> { pointer }
}

extension CPUBackend {
    /// An array of the pool whose elements have no defined value yet.
    func scratchArray<Element: BitwiseCopyable>(of type: Element.Type, _ shape: [Int]) -> DeviceArray<Element> {
        let bytes = shape.reduce(1, *) * MemoryLayout<Element>.stride
        return DeviceArray(shape: shape, memory: DeviceMemory(byteCount: bytes, pool: memory))
    }

    func floats(_ shape: [Int]) -> FloatArray { scratchArray(of: Float.self, shape) }

    /// Runs `body` for every tile, threads in parallel, each with scratch memory of its own.
    func forEachTile(
        _ count: Int, scratchFloats: Int, _ body: (_ tile: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        threads.parallelFor(count) { range in
            withScratch(floats: scratchFloats) { scratch in
                for tile in range { body(tile, scratch) }
            }
        }
    }

    /// Lends memory of the pool to `body`.
    func withScratch(floats: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let block = DeviceMemory(byteCount: floats * MemoryLayout<Float>.stride, pool: memory)
        withExtendedLifetime(block) { body(block.address.assumingMemoryBound(to: Float.self)) }
    }
}
