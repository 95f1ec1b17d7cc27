/// Another backend whose every call is timed and counted. It stands in for that one only in a process that measures,
/// so it costs nothing elsewhere.
///
/// Floating-point operations are those of the direct algorithm, whatever the backend does instead.
package struct ProfilingBackend: Backend {
    let base: any Backend
    let profile: OperationProfile

    package init(_ base: any Backend, into profile: OperationProfile) {
        self.base = base
        self.profile = profile
    }

    /// Runs and books a call of the base.
    ///
    /// - Parameters:
    ///   - reads: tensors that are read whole.
    ///   - writes: tensors that are written whole; those changed in place stand in both lists.
    ///   - otherBytes: traffic besides these.
    ///   - flops: see `OperationProfile.Work`.
    func timed<Result>(
        _ name: String, reads: [Tensor], writes: [Tensor], otherBytes: Int = 0, flops: Int = 0,
        isProduct: Bool = false, _ call: () -> Result
    ) -> Result {
        let tensors = reads + writes
        let floats = tensors.reduce(0) { $0 + $1.count }
        return profile.book(
            OperationProfile.Work(
                name: name, shapes: tensors.map(\.shape), flops: Double(flops),
                bytes: Double(floats * MemoryLayout<Float>.stride + otherBytes), isProduct: isProduct),
            call)
    }
}

extension ProfilingBackend: MemoryKernels {
    package func allocate(byteCount: Int) -> DeviceMemory {
        timed("allocate", reads: [], writes: []) { base.allocate(byteCount: byteCount) }
    }

    package func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) {
        timed("upload", reads: [tensor], writes: [tensor]) { base.upload(values, to: tensor) }
    }

    package func upload(_ values: UnsafeBufferPointer<Int32>, to tensor: IndexTensor) {
        timed("upload", reads: [], writes: [], otherBytes: 8 * tensor.count) { base.upload(values, to: tensor) }
    }

    package func download(_ tensor: Tensor, to values: UnsafeMutableBufferPointer<Float>) {
        timed("download", reads: [tensor], writes: [tensor]) { base.download(tensor, to: values) }
    }

    package func download(_ tensor: IndexTensor, to values: UnsafeMutableBufferPointer<Int32>) {
        timed("download", reads: [], writes: [], otherBytes: 8 * tensor.count) { base.download(tensor, to: values) }
    }

    /// Not booked: what happens in `body` is not the backend's.
    package func withHostBuffer<Result: ~Copyable, Failure: Error>(
        of tensor: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try base.withHostBuffer(of: tensor, body)
    }
}
