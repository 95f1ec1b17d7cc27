internal import COpenBLAS
package import DeviceSeam

/// The CPU: OpenBLAS for products, oneDNN for those of rounded numbers, `CKernels` for the rest, all split over the
/// process's thread pool.
///
/// OpenBLAS itself is held to one thread a call: our pool cuts products and loops alike, so that cores are never
/// oversubscribed and small products run side by side. Every call has done its work when it returns.
package struct CPUBackend: Backend {
    let threads: ThreadPool
    let memory: MemoryPool
    /// What multiplies rounded numbers; nil where products are in single precision.
    let bfloat16: Bfloat16Library?

    /// Elements below which a second thread costs more than it saves.
    static let elementwiseGrain = 16_384

    package init(threads: ThreadPool, bfloat16: Bfloat16Library? = nil) {
        (self.threads, self.bfloat16) = (threads, bfloat16)
        memory = MemoryPool()
        openblas_set_num_threads(1)
    }

    /// The linear algebra library in use with its version and build options, as it describes itself.
    package static var blasDescription: String {
        guard let text = openblas_get_config() else { return "OpenBLAS" }
        return String(cString: text).split(separator: " ").joined(separator: " ")
    }
}

extension CPUBackend {
    package func allocate(byteCount: Int) -> DeviceMemory { DeviceMemory(byteCount: byteCount, pool: memory) }

    package func upload(_ bytes: UnsafeRawBufferPointer, to memory: DeviceMemory, from start: Int) {
        if let source = bytes.baseAddress { (memory.address + start).copyMemory(from: source, byteCount: bytes.count) }
    }

    package func download(_ memory: DeviceMemory, from start: Int, to bytes: UnsafeMutableRawBufferPointer) {
        bytes.baseAddress?.copyMemory(from: memory.address + start, byteCount: bytes.count)
    }

    package func hostAddress(of memory: DeviceMemory) -> UnsafeMutableRawPointer? { memory.address }

    package var memoryStatistics: MemoryStatistics { memory.statistics }
    package func resetMemoryPeak() { memory.resetPeak() }
}
