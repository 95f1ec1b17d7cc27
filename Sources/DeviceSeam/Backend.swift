/// What a device must do. Operations, gradients, layers and models call nothing else.
///
/// Every call takes arrays of one device and writes into arrays that already exist; shapes were checked by the
/// operation. Nothing is returned to the host but by `download`: results, sums and faults stay on the device, so that
/// calls can queue up there. A facet lives in the file of its name; a second device conforms to the same facets.
package protocol Backend: MemoryKernels, ElementwiseKernels, ReductionKernels, MatrixKernels, DataMovementKernels,
    ConvolutionKernels, ResizeKernels, PoolingKernels, OptimizerKernels, ClassificationKernels,
    ActivationKernels, NormalizationKernels, SoftmaxKernels, AttentionKernels, CrossEntropyKernels,
    ElementLossKernels, RegionKernels, TransposedConvolutionKernels, NeighbourKernels,
    DeformableAttentionKernels, PointSampleKernels, TimingKernels, Sendable
{}

/// Memory and transfer between host and device. A download waits for pending work.
package protocol MemoryKernels {
    func allocate(byteCount: Int) -> DeviceMemory
    /// Copies host bytes into `memory`, from byte `start` on.
    func upload(_ bytes: UnsafeRawBufferPointer, to memory: DeviceMemory, from start: Int)
    /// Fills host bytes from `memory`, from byte `start` on.
    func download(_ memory: DeviceMemory, from start: Int, to bytes: UnsafeMutableRawBufferPointer)
    /// Several downloads, for which the host waits once.
    func download(_ copies: [HostCopy])
    /// Where the host reads and writes this memory itself; `nil` where it cannot.
    func hostAddress(of memory: DeviceMemory) -> UnsafeMutableRawPointer?
    /// Begins to bring bytes to the host, after what the device was told so far and beside what it is told from now on;
    /// `nil` where the host reads the memory itself. Nobody else may write the bytes until they are brought back.
    func stage(_ memory: DeviceMemory, from start: Int, byteCount: Int) -> (any HostStage)?

    var memoryStatistics: MemoryStatistics { get }
    /// Starts a new peak measurement at the present use.
    func resetMemoryPeak()
}

/// A run of bytes of a device's memory, and where the host wants it.
package struct HostCopy {
    package let memory: DeviceMemory
    /// First byte.
    package let start: Int
    package let bytes: UnsafeMutableRawBufferPointer

    package init(_ memory: DeviceMemory, from start: Int, to bytes: UnsafeMutableRawBufferPointer) {
        self.memory = memory
        self.start = start
        self.bytes = bytes
    }
}

/// Bytes of a device's memory on the host, on their way there or back while both work.
package protocol HostStage: AnyObject {
    /// Memory of the host, valid as long as the stage lives; filled once the bytes are here.
    var bytes: UnsafeMutableRawBufferPointer { get }
    /// Whether they are; the host does not wait.
    var isHere: Bool { get }
    /// Copies them back; the host does not wait. What the device is told from now on sees them.
    ///
    /// - Precondition: they are here, and nobody writes them any more.
    func bringBack()
}

extension MemoryKernels {
    package func stage(_ memory: DeviceMemory, from start: Int, byteCount: Int) -> (any HostStage)? { nil }

    package func download(_ copies: [HostCopy]) {
        for copy in copies { download(copy.memory, from: copy.start, to: copy.bytes) }
    }
}
