public import TensorEngine

/// A tensor, or the part of one, that this rank writes into a checkpoint.
public struct CheckpointEntry {
    private enum Contents {
        /// In memory that may go on being used once saving has returned.
        case tensor(Tensor)
        /// Numbers of the host, which are written where the device has failed as well.
        case numbers([Float])
    }

    public let key: String
    private let contents: Contents
    /// Of the whole tensor.
    public let shape: [Int]
    /// Elements that this rank writes, in row-major order.
    public let elements: Range<Int>

    /// A tensor that only this rank has, or that it writes for all.
    public init(_ key: String, _ values: Tensor) {
        self.key = key
        contents = .tensor(values)
        shape = values.shape
        elements = 0..<values.count
    }

    /// Numbers that only this rank has.
    public init(_ key: String, _ numbers: [Float]) {
        self.key = key
        contents = .numbers(numbers)
        shape = [numbers.count]
        elements = 0..<numbers.count
    }

    /// One of `count` nearly equal parts of a tensor that every student has: part `index`.
    ///
    /// - Precondition: `index` is in `0..<count`.
    public init(_ key: String, _ values: Tensor, part index: Int, of count: Int) {
        precondition((0..<count).contains(index), "CheckpointEntry: part \(index) of \(count)")
        self.key = key
        contents = .tensor(values)
        shape = values.shape
        elements = values.count * index / count..<values.count * (index + 1) / count
    }

    /// Brings what is written to the host.
    ///
    /// - Throws: `DeviceFault` where the device cannot be read: what it gives then must not be written.
    func read() throws(DeviceFault) -> [Float] {
        switch contents {
        case .numbers(let numbers): return numbers
        case .tensor(let tensor):
            let values = tensor.values(elements)
            if let fault = Engine.deviceFault { throw fault }
            return values
        }
    }
}
