/// What a device must do. Operations, gradients, layers and models call nothing else.
///
/// Every call takes tensors of one device and writes into tensors that already exist; shapes were checked by the
/// operation. A facet lives in the file of its name; a second device conforms to the same facets.
package protocol Backend: MemoryKernels, ElementwiseKernels, ReductionKernels, MatrixKernels, DataMovementKernels,
    ConvolutionKernels, ResizeKernels, PoolingKernels, OptimizerKernels, ClassificationKernels,
    ActivationKernels, NormalizationKernels, SoftmaxKernels, AttentionKernels, CrossEntropyKernels,
    Sendable
{}

/// Memory and transfer between host and device. Transfers wait for pending work.
package protocol MemoryKernels {
    func allocate(byteCount: Int) -> DeviceMemory
    func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor)
    func upload(_ values: UnsafeBufferPointer<Int32>, to tensor: IndexTensor)
    func download(_ tensor: Tensor, to values: UnsafeMutableBufferPointer<Float>)
    func download(_ tensor: IndexTensor, to values: UnsafeMutableBufferPointer<Int32>)
    /// Shows the elements as host memory for the duration of `body` and brings changes back.
    func withHostBuffer<Result: ~Copyable, Failure: Error>(
        of tensor: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result
}
