/// A dense array in the memory of a device, in row-major order: what kernels read and write. It knows nothing of the
/// tape; `Tensor` is one of floats with a place on it.
package struct DeviceArray<Element: BitwiseCopyable> {
    /// Lengths of the axes, outermost first.
    package let shape: [Int]
    package var memory: DeviceMemory
    /// First element, counted from the start of `memory`.
    package let offset: Int

    package init(shape: [Int], memory: DeviceMemory, offset: Int = 0) {
        self.shape = shape
        self.memory = memory
        self.offset = offset
    }

    /// Number of axes.
    package var rank: Int { shape.count }
    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }

    /// Elements from `start` on under another shape, in the same memory.
    package func view(from start: Int, shape: [Int]) -> DeviceArray {
        DeviceArray(shape: shape, memory: memory, offset: offset + start)
    }
}

package typealias FloatArray = DeviceArray<Float>
/// Labels and positions.
package typealias IndexArray = DeviceArray<Int32>
/// Sums that are added up in double precision.
package typealias SumArray = DeviceArray<Double>
/// Classes of pixels.
package typealias ByteArray = DeviceArray<UInt8>

/// Where the gradient of a parameter goes.
package struct GradientSum {
    package let array: FloatArray
    /// Whether it is added to what is there, rather than written over it.
    package let adds: Bool

    package init(_ array: FloatArray, adds: Bool) {
        self.array = array
        self.adds = adds
    }
}
