internal import CDeviceDriver
package import DeviceSeam

extension DeviceBackend {
    package func fill(_ array: FloatArray, with value: Float) {
        guard array.count > 0 else { return }
        let (address, bits, count) = (array.address, value.bitPattern, array.count)
        context.submit(signature: [1, address, UInt64(bits), UInt64(count)], "filling \(count) numbers") {
            $0.driver.fill_words(address, bits, count, $1)
        }
    }

    package func copy(_ input: FloatArray, to output: FloatArray) {
        guard input.count > 0 else { return }
        let (from, to, bytes) = (input.address, output.address, input.count * MemoryLayout<Float>.stride)
        context.submit(signature: [2, to, from, UInt64(bytes)], "copying \(bytes) bytes") {
            $0.driver.copy(to, from, bytes, $1)
        }
    }

    package func add(_ input: FloatArray, into output: FloatArray) {
        context.launch("add_into", each: input.count, [input, output, input.count])
    }

    package func unary(
        _ operation: UnaryOperation, _ a: Float, _ b: Float, _ input: FloatArray, into output: FloatArray
    ) {
        context.launch("unary", each: input.count, [Int(operation.rawValue), a, b, input, output, input.count])
    }

    package func binary(
        _ operation: BinaryOperation, _ left: FloatArray, _ right: FloatArray, into output: FloatArray
    ) {
        guard left.count != output.count || right.count != output.count else {
            return context.launch(
                "binary_same", each: output.count, [Int(operation.rawValue), left, right, output, output.count])
        }
        let axes = AxisTable(
            sizes: output.shape, left: Self.steps(of: left.shape, in: output.shape),
            right: Self.steps(of: right.shape, in: output.shape))
        context.launch(
            "binary_broadcast", each: output.count,
            [Int(operation.rawValue), left, right, output, axes.packed, output.count])
    }

    package func scaleRows(_ rows: FloatArray, by factors: FloatArray) {
        context.launch("scale_rows", each: rows.count, [rows, factors, rows.shape.last ?? 1, rows.count])
    }

    /// What an array of `shape` moves by along each axis of the output it is broadcast to.
    private static func steps(of shape: [Int], in output: [Int]) -> [Int] {
        let missing = output.count - shape.count
        var (step, steps) = (1, [Int](repeating: 0, count: output.count))
        for axis in shape.indices.reversed() {
            steps[missing + axis] = shape[axis] == 1 ? 0 : step
            step *= shape[axis]
        }
        return steps
    }
}

/// Lengths of the axes of an output, and what one or two inputs move by along each, with neighbouring axes taken
/// together where both inputs allow.
struct AxisTable {
    private var axes: [(size: Int, left: Int, right: Int)] = []

    init(sizes: [Int], left: [Int], right: [Int]) {
        for axis in sizes.indices where sizes[axis] != 1 {
            let (size, l, r) = (sizes[axis], left[axis], right[axis])
            if let last = axes.last, last.left == l * size, last.right == r * size {
                axes[axes.count - 1] = (last.size * size, l, r)
            } else {
                axes.append((size, l, r))
            }
        }
        precondition(axes.count <= 8, "device: a pattern of \(axes.count) axes; kernels take eight")
    }

    var packed: PackedValue {
        var value = PackedValue()
        value.add(int64: axes.count)
        for list in [axes.map(\.size), axes.map(\.left), axes.map(\.right)] {
            for index in 0..<8 { value.add(int64: index < list.count ? list[index] : 0) }
        }
        return value
    }
}
