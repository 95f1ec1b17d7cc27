package import DeviceSeam

/// A dense array of 32-bit floats with an optional place on the tape.
///
/// Elements are contiguous in row-major order. Images and maps are `[B, H, W, C]` (channels last), tokens `[B, N, C]`,
/// so a token list is a map without a copy. A tensor is a value: assignments share memory, operations make new memory,
/// and only optimisers and gradient buckets write in place, through calls that say so.
///
/// Tensors belong to the thread that makes them.
public struct Tensor {
    package var array: FloatArray
    package var node: GradientNode?
    /// How a backward pass makes the elements again instead of keeping them; only on the tape.
    package var recipe: Recipe?

    package init(_ array: FloatArray, node: GradientNode? = nil, recipe: Recipe? = nil) {
        self.array = array
        self.node = node
        self.recipe = recipe
    }

    /// A tensor whose elements have no defined value yet.
    ///
    /// - Precondition: no length is negative.
    package init(uninitialized shape: [Int]) { self.init(FloatArray(uninitialized: shape)) }

    /// Lengths of the axes, outermost first. Empty for a scalar.
    public var shape: [Int] { array.shape }
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
        array.fill(from: values)
    }

    /// A scalar.
    public init(_ value: Float) { self.init(repeating: value, shape: []) }

    /// Every element equal to `value`.
    public init(repeating value: Float, shape: [Int]) {
        self.init(uninitialized: shape)
        fillInPlace(with: value)
    }

    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }
    public static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }

    /// The elements, copied to the host in row-major order. Waits for pending work of the device.
    public func values() -> [Float] { array.hostValues() }

    /// Elements `range` in row-major order, copied to the host.
    ///
    /// - Precondition: `range` lies inside.
    public func values(_ range: Range<Int>) -> [Float] { array.hostValues(range) }

    /// The elements of several tensors, copied to the host together: one wait for all.
    ///
    /// - Returns: a slice each, of one array.
    public static func values(of tensors: [Tensor]) -> [ArraySlice<Float>] {
        guard !tensors.isEmpty else { return [] }
        let values = FloatArray.hostValues(tensors.map(\.array))
        var start = 0
        return tensors.map { tensor in
            defer { start += tensor.count }
            return values[start..<start + tensor.count]
        }
    }

    /// The only element, copied to the host.
    ///
    /// - Precondition: `count == 1`.
    public func item() -> Float {
        precondition(count == 1, "item: needs one element, got \(shape)")
        return values()[0]
    }

    /// The only elements of several tensors, copied to the host together: one wait for all.
    ///
    /// - Precondition: each has one element.
    public static func items(_ tensors: [Tensor]) -> [Float] {
        guard !tensors.isEmpty else { return [] }
        precondition(tensors.allSatisfy { $0.count == 1 }, "items: needs one element each, got \(tensors.map(\.shape))")
        return concatenated(tensors.map { $0.detached().reshapedOffTape([1]) }, axis: 0).values()
    }
}

extension Tensor {
    /// The same elements without a place on the tape.
    public func detached() -> Tensor { Tensor(array) }

    /// A copy in memory of its own, off the tape.
    public func copied() -> Tensor {
        let copy = Tensor(uninitialized: shape)
        copy.assign(self)
        return copy
    }

    /// Elements `range` of a flat tensor as a tensor of `shape` that shares the memory, off the tape.
    ///
    /// - Precondition: `range` lies inside and has as many elements as `shape`.
    public func view(from start: Int, shape: [Int]) -> Tensor {
        let length = shape.reduce(1, *)
        precondition(
            start >= 0 && start + length <= count, "view: \(start)..<\(start + length) is outside of \(count) elements")
        return Tensor(array.view(from: start, shape: shape))
    }

    /// Overwrites the elements in place with those of `source`; every tensor that shares the memory sees it.
    ///
    /// - Precondition: the counts are equal.
    public func assign(_ source: Tensor) {
        precondition(source.count == count, "assign: \(source.shape) does not fit \(shape)")
        Engine.run(.call("copy", reads: [source], writes: [self])) { $0.copy(source.array, to: array) }
    }
}
