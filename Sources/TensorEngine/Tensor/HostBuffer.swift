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
/// the start, unless they are only written, and brought back by `finish()`. `fetching` does both beside the device's
/// work, and the host waits for neither.
public final class HostBuffer {
    /// What happens to the elements.
    public enum Use: Sendable {
        case reading, writing, updating
    }

    /// Valid while the object lives.
    public let floats: UnsafeMutableBufferPointer<Float>
    /// Keeps the memory alive, and gets what was written.
    private let array: FloatArray
    private let home: Home
    private let isWritten: Bool

    /// Whose memory the floats are.
    private enum Home {
        case device, ownCopy
        case stage(any HostStage)
    }

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
            home = .device
            let first = address.assumingMemoryBound(to: Float.self) + array.offset
            floats = UnsafeMutableBufferPointer(start: first, count: range.count)
        } else {
            home = .ownCopy
            floats = .allocate(capacity: range.count)
            if use == .writing {
                floats.initialize(repeating: 0)
            } else {
                let bytes = UnsafeMutableRawBufferPointer(floats)
                Engine.backend.download(array.memory, from: array.firstByte, to: bytes)
            }
        }
    }

    /// Begins to fetch all elements, which must not change until `finish()`; they may be used once they are here.
    public static func fetching(_ tensor: Tensor, for use: Use) -> HostBuffer {
        let array = tensor.array
        let stage = Engine.backend.stage(
            array.memory, from: array.firstByte, byteCount: array.count * MemoryLayout<Float>.stride)
        return stage.map { HostBuffer(array, $0, use) } ?? HostBuffer(tensor, for: use)
    }

    private init(_ array: FloatArray, _ stage: any HostStage, _ use: Use) {
        self.array = array
        isWritten = use != .reading
        home = .stage(stage)
        floats = stage.bytes.bindMemory(to: Float.self)
    }

    /// Whether the elements are here. Never waits; always so for other buffers than those of `fetching`.
    public var isHere: Bool {
        if case .stage(let stage) = home { stage.isHere } else { true }
    }

    /// Makes what was written part of the tensor, and of every other that shares its memory. To be called once nobody
    /// writes any more; without it what was written may be lost.
    public func finish() {
        guard isWritten else { return }
        switch home {
        case .device: break
        case .ownCopy:
            Engine.backend.upload(UnsafeRawBufferPointer(floats), to: array.memory, from: array.firstByte)
        case .stage(let stage): stage.bringBack()
        }
    }

    deinit { if case .ownCopy = home { floats.deallocate() } }
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
