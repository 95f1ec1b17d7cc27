/// A dense array of 32-bit integers: labels and positions. Never part of a gradient.
public struct IndexTensor {
    public let shape: [Int]
    package let memory: DeviceMemory

    /// Copies host values into a new tensor.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    public init(_ values: [Int32], shape: [Int]) {
        self.init(uninitialized: shape)
        precondition(values.count == count, "IndexTensor: \(values.count) values do not fill \(shape)")
        values.withUnsafeBufferPointer { Engine.backend.upload($0, to: self) }
    }

    package init(uninitialized shape: [Int]) {
        self.shape = shape
        memory = Engine.backend.allocate(byteCount: shape.reduce(1, *) * MemoryLayout<Int32>.stride)
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The elements, copied to the host in row-major order.
    public func values() -> [Int32] {
        [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
            Engine.backend.download(self, to: UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
            initialized = count
        }
    }
}
