public import TensorEngine

/// A tensor, or the part of one, that this rank writes into a checkpoint.
public struct CheckpointEntry {
    public let key: String
    /// The whole tensor, in memory that may go on being used once saving has returned.
    public let values: Tensor
    /// Elements that this rank writes, in row-major order.
    public let elements: Range<Int>

    /// A tensor that only this rank has, or that it writes for all.
    public init(_ key: String, _ values: Tensor) {
        self.key = key
        self.values = values
        elements = 0..<values.count
    }

    /// One of `count` nearly equal parts of a tensor that every student has: part `index`.
    ///
    /// - Precondition: `index` is in `0..<count`.
    public init(_ key: String, _ values: Tensor, part index: Int, of count: Int) {
        precondition((0..<count).contains(index), "CheckpointEntry: part \(index) of \(count)")
        self.key = key
        self.values = values
        elements = values.count * index / count..<values.count * (index + 1) / count
    }
}
