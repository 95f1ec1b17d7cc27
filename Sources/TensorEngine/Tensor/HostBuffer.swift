internal import DeviceSeam

/// Elements of a tensor as memory of the host, for as long as this object lives: what MPI works on while it sends,
/// receives or sums, and what it is given as owner.
///
///     let buffer = HostBuffer(gradients, elements: range, for: .updating)
///     let operation = try group.startAllReduce(buffer.floats, .sum, owner: buffer)
///     …
///     try operation.wait()
///     buffer.finish()
///
/// Where the host reads the device's memory these are the elements themselves. Elsewhere they are a copy: fetched at
/// the start, unless they are only written, and brought back by `finish()`.
public final class HostBuffer {
    /// What happens to the elements.
    public enum Use: Sendable {
        case reading, writing, updating
    }

    /// Valid while the object lives.
    public let floats: UnsafeMutableBufferPointer<Float>
    /// Keeps the memory alive, and gets what was written.
    private let array: FloatArray
    private let isCopy: Bool
    private let isWritten: Bool

    /// - Parameter elements: in row-major order; all where nil.
    public convenience init(_ tensor: Tensor, elements: Range<Int>? = nil, for use: Use) {
        self.init(tensor, elements: elements, for: use, copying: false)
    }

    /// - Parameter copying: makes a copy also where the host reads the device's memory.
    package init(_ tensor: Tensor, elements: Range<Int>?, for use: Use, copying: Bool) {
        let range = elements ?? 0..<tensor.count
        precondition(
            range.lowerBound >= 0 && range.upperBound <= tensor.count,
            "HostBuffer: \(range) is outside of \(tensor.count) elements")
        array = tensor.array.view(from: range.lowerBound, shape: [range.count])
        isWritten = use != .reading
        if !copying, let address = Engine.backend.hostAddress(of: array.memory) {
            isCopy = false
            let first = address.assumingMemoryBound(to: Float.self) + array.offset
            floats = UnsafeMutableBufferPointer(start: first, count: range.count)
        } else {
            isCopy = true
            floats = .allocate(capacity: range.count)
            if use == .writing {
                floats.initialize(repeating: 0)
            } else {
                let bytes = UnsafeMutableRawBufferPointer(floats)
                Engine.backend.download(array.memory, from: array.firstByte, to: bytes)
            }
        }
    }

    /// Makes what was written part of the tensor, and of every other that shares its memory. To be called once nobody
    /// writes any more; without it what was written may be lost.
    public func finish() {
        guard isCopy, isWritten else { return }
        Engine.backend.upload(UnsafeRawBufferPointer(floats), to: array.memory, from: array.firstByte)
    }

    deinit { if isCopy { floats.deallocate() } }
}

extension Tensor {
    /// Reads or writes the elements as host memory while `body` runs.
    ///
    /// Writes are seen by every tensor that shares the memory. What outlives the call needs a `HostBuffer`.
    public func withHostBuffer<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let buffer = HostBuffer(self, for: .updating)
        defer { buffer.finish() }
        return try body(buffer.floats)
    }
}
