/// The values of a tensor at one moment, and the way back to them.
public struct TensorSnapshot {
    private let tensor: Tensor
    private let values: Tensor
    /// Where the device failed before the copy was whole, it has done nothing since: the tensor is as it was.
    private let isWhole: Bool

    public init(of tensor: Tensor) {
        self.tensor = tensor
        values = tensor.copied()
        isWhole = Engine.deviceFault == nil
    }

    /// Writes the values back into the tensor they were taken from.
    public func restore() {
        if isWhole { tensor.assign(values) }
    }
}
