internal import COpenBLAS

/// The CPU: OpenBLAS for products, `CKernels` for the rest, both split over the process's thread pool.
///
/// OpenBLAS itself is held to one thread a call: our pool cuts products and loops alike, so that cores are never
/// oversubscribed and small products run side by side.
struct CPUBackend: Backend {
    let threads: ThreadPool
    let memory: MemoryPool

    /// Elements below which a second thread costs more than it saves.
    static let elementwiseGrain = 16_384

    init(threads: ThreadPool, memory: MemoryPool) {
        self.threads = threads
        self.memory = memory
        openblas_set_num_threads(1)
    }
}

extension CPUBackend: MemoryKernels {
    func allocate(byteCount: Int) -> DeviceMemory { DeviceMemory(byteCount: byteCount, pool: memory) }

    func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) {
        if let source = values.baseAddress { tensor.floats.update(from: source, count: values.count) }
    }

    func upload(_ values: UnsafeBufferPointer<Int32>, to tensor: IndexTensor) {
        if let source = values.baseAddress { tensor.indices.update(from: source, count: values.count) }
    }

    func download(_ tensor: Tensor, to values: UnsafeMutableBufferPointer<Float>) {
        values.baseAddress?.update(from: tensor.floats, count: values.count)
    }

    func download(_ tensor: IndexTensor, to values: UnsafeMutableBufferPointer<Int32>) {
        values.baseAddress?.update(from: tensor.indices, count: values.count)
    }

    func withHostBuffer<Result: ~Copyable, Failure: Error>(
        of tensor: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.count))
    }
}
