package import DeviceSeam

extension Engine {
    /// Hands one call to the backend: the only way from an operation to a kernel. What it does is told beside the call,
    /// and looked at where somebody measures.
    package static func run<Result>(
        _ work: @autoclosure () -> OperationProfile.Work, _ call: (any Backend) -> Result
    ) -> Result {
        guard let profile = OperationProfile.current else { return call(backend) }
        return profile.book(work()) { call(backend) }
    }
}

extension OperationProfile.Work {
    /// A call on whole tensors.
    ///
    /// - Parameters:
    ///   - reads: tensors that are read whole.
    ///   - writes: tensors that are written whole; those changed in place stand in both lists.
    ///   - otherBytes: traffic besides these.
    package static func call(
        _ name: String, reads: [Tensor] = [], writes: [Tensor] = [], otherBytes: Int = 0, flops: Int = 0,
        isProduct: Bool = false
    ) -> Self {
        let tensors = reads + writes
        let floats = tensors.reduce(0) { $0 + $1.count }
        return Self(
            name: name, shapes: tensors.map(\.shape), flops: Double(flops),
            bytes: Double(floats * MemoryLayout<Float>.stride + otherBytes), isProduct: isProduct)
    }
}
