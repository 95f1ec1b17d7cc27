/// A dense array of 32-bit floats with an optional place on the tape.
///
/// Elements are contiguous in row-major order. Images and maps are `[B, H, W, C]` (channels last), tokens `[B, N, C]`,
/// so a token list is a map without a copy. A tensor is a value: assignments share memory, operations make new memory,
/// and only optimisers and gradient buckets write in place, through calls that say so.
///
/// Tensors belong to the thread that makes them.
public struct Tensor {
    /// Lengths of the axes, outermost first. Empty for a scalar.
    public let shape: [Int]
    package var memory: DeviceMemory
    /// First element, counted in floats from the start of `memory`: views into flat parameter memory have one.
    package let offset: Int
    package var node: GradientNode?
    /// How a backward pass makes the elements again instead of keeping them; only on the tape.
    package var recipe: Recipe?

    package init(
        shape: [Int], memory: DeviceMemory, offset: Int = 0, node: GradientNode? = nil, recipe: Recipe? = nil
    ) {
        self.shape = shape
        self.memory = memory
        self.offset = offset
        self.node = node
        self.recipe = recipe
    }

    /// A tensor whose elements have no defined value yet.
    ///
    /// - Precondition: no length is negative.
    package init(uninitialized shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "Tensor: lengths must not be negative, got \(shape)")
        self.init(
            shape: shape, memory: Engine.backend.allocate(byteCount: shape.reduce(1, *) * MemoryLayout<Float>.stride))
    }

    /// Number of axes.
    public var rank: Int { shape.count }
    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// Whether gradients flow through this tensor.
    public var requiresGradient: Bool { node != nil }
}

extension Tensor {
    /// Copies host values into a new tensor.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    public init(_ values: [Float], shape: [Int]) {
        self.init(uninitialized: shape)
        precondition(values.count == count, "Tensor: \(values.count) values do not fill \(shape)")
        values.withUnsafeBufferPointer { Engine.backend.upload($0, to: self) }
    }

    /// A scalar.
    public init(_ value: Float) { self.init([value], shape: []) }

    /// Every element equal to `value`.
    public init(repeating value: Float, shape: [Int]) {
        self.init(uninitialized: shape)
        Engine.backend.fill(self, with: value)
    }

    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }
    public static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }

    /// The elements, copied to the host in row-major order. Waits for pending work of the device.
    public func values() -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            Engine.backend.download(self, to: UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
            initialized = count
        }
    }

    /// The only element, copied to the host.
    ///
    /// - Precondition: `count == 1`.
    public func item() -> Float {
        precondition(count == 1, "item: needs one element, got \(shape)")
        return values()[0]
    }

    /// Reads or writes the elements as host memory: the explicit way to hand a tensor to MPI or to a file.
    ///
    /// Writes are seen by every tensor that shares the memory.
    public func withHostBuffer<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Engine.backend.withHostBuffer(of: self, body)
    }
}

extension Tensor {
    /// The same elements without a place on the tape.
    public func detached() -> Tensor { Tensor(shape: shape, memory: memory, offset: offset) }

    /// A copy in memory of its own, off the tape.
    public func copied() -> Tensor {
        let copy = Tensor(uninitialized: shape)
        Engine.backend.copy(self, to: copy)
        return copy
    }

    /// Elements `range` of a flat tensor as a tensor of `shape` that shares the memory, off the tape.
    ///
    /// - Precondition: `range` lies inside and has as many elements as `shape`.
    public func view(from start: Int, shape: [Int]) -> Tensor {
        let length = shape.reduce(1, *)
        precondition(
            start >= 0 && start + length <= count, "view: \(start)..<\(start + length) is outside of \(count) elements")
        return Tensor(shape: shape, memory: memory, offset: offset + start)
    }

    /// Overwrites the elements in place with those of `source`; every tensor that shares the memory sees it.
    ///
    /// - Precondition: the counts are equal.
    public func assign(_ source: Tensor) {
        precondition(source.count == count, "assign: \(source.shape) does not fit \(shape)")
        Engine.backend.copy(source, to: self)
    }
}
