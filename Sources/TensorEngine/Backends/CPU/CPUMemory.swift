extension DeviceMemory {
    /// A block of a pool of host memory.
    convenience init(byteCount: Int, pool: MemoryPool) {
        let blockSize = MemoryPool.blockSize(for: byteCount)
        self.init(address: pool.allocate(blockSize: blockSize)) { pool.release($0, blockSize: blockSize) }
    }
}

extension Tensor {
    /// The tensor's floats. For kernels of the CPU backend only, and only while the tensor is alive in the caller.
    var floats: UnsafeMutablePointer<Float> { memory.address.assumingMemoryBound(to: Float.self) + offset }
}

extension IndexTensor {
    /// The tensor's indices; the same rule as for `Tensor.floats`.
    var indices: UnsafeMutablePointer<Int32> { memory.address.assumingMemoryBound(to: Int32.self) }
}
