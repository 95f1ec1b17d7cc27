package import DeviceSeam

/// A dense array of 32-bit integers: labels and positions. Never part of a gradient.
public struct IndexTensor {
    package let array: IndexArray

    public var shape: [Int] { array.shape }

    /// Copies host values into a new tensor.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    public init(_ values: [Int32], shape: [Int]) {
        array = DeviceArray(uninitialized: shape)
        precondition(values.count == count, "IndexTensor: \(values.count) values do not fill \(shape)")
        array.fill(from: values)
    }

    package init(_ array: IndexArray) { self.array = array }

    /// Number of elements.
    public var count: Int { array.count }

    /// The elements, copied to the host in row-major order. Waits for pending work of the device.
    public func values() -> [Int32] { array.hostValues() }
}
