public import TensorEngine

extension Module {
    /// All buffers one after another, in declaration order, copied.
    public func flatBuffers() -> Tensor {
        let parts = namedBuffers.map { $0.buffer.reshaped([$0.buffer.count]) }
        return parts.isEmpty ? Tensor.zeros([0]) : Tensor.concatenated(parts, axis: 0)
    }

    /// Overwrites all buffers with those of `flatBuffers()`.
    public func assignBuffers(_ flat: Tensor) {
        var start = 0
        for (_, buffer) in namedBuffers {
            buffer.assign(flat.view(from: start, shape: buffer.shape))
            start += buffer.count
        }
    }
}

/// The values of a module's buffers at one moment.
public struct BufferSnapshot {
    private let saved: [TensorSnapshot]

    public init(of module: any Module) { saved = module.namedBuffers.map { TensorSnapshot(of: $0.buffer) } }

    /// Writes them back into the module they were taken from.
    public func restore() {
        for snapshot in saved { snapshot.restore() }
    }
}
