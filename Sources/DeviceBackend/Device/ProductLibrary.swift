internal import CDeviceDriver
internal import DeviceSeam

/// The vendor's library of matrix products, or the stand-in's.
struct ProductLibrary {
    private let table: cdd_blas
    private let handle: cdd_blas_handle?

    /// `nil` where there is no library.
    init?(_ table: cdd_blas?, stream: cdd_stream?) throws {
        guard let table else { return nil }
        var handle: cdd_blas_handle?
        guard table.create(&handle) == 0, table.set_stream(handle, stream) == 0 else {
            throw DeviceError("device: the library of products (libcublas) does not start")
        }
        (self.table, self.handle) = (table, handle)
    }

    func close() { _ = table.destroy(handle) }

    /// Products of row-major matrices: to the library, which counts by columns, they are the transposed ones with the
    /// operands exchanged.
    ///
    /// - Returns: the library's code.
    func run(_ call: ProductCall, _ precision: Precision) -> Int32 {
        var (alpha, beta) = (call.alpha, call.beta)
        let (left, right) = (call.right.libraryOperand, call.left.libraryOperand)
        let (rows, columns, inner) = (Int32(call.columns), Int32(call.rows), Int32(call.inner))
        let output = UnsafeMutablePointer(mutating: call.output.pointer)
        let outputStep = Int32(max(1, call.output.rowStride))
        guard let compute = precision.libraryMode else {
            return table.batched_product(
                handle, left.operation, right.operation, rows, columns, inner, &alpha, left.numbers, left.step,
                Int64(call.rightStride), right.numbers, right.step, Int64(call.leftStride), &beta, output, outputStep,
                Int64(call.outputStride), Int32(call.count))
        }
        let type = Int32(CDD_TYPE_FLOAT)
        return table.rounded_product(
            handle, left.operation, right.operation, rows, columns, inner, &alpha, left.numbers, type, left.step,
            Int64(call.rightStride), right.numbers, type, right.step, Int64(call.leftStride), &beta, output, type,
            outputStep, Int64(call.outputStride), Int32(call.count), compute, -1)
    }
}

extension Precision {
    /// How the library is to compute; nil for its plain products.
    fileprivate var libraryMode: Int32? {
        switch self {
        case .fp32: nil
        case .tf32: Int32(CDD_COMPUTE_FAST_TF32)
        case .bf16: Int32(CDD_COMPUTE_FAST_BF16)
        }
    }
}

/// `count` products `output = alpha * op(left) op(right) + beta * output`; operand `i` starts `i` strides further.
struct ProductCall {
    let left: Matrix
    let right: Matrix
    let output: Matrix
    var (leftStride, rightStride, outputStride) = (0, 0, 0)
    var count = 1
    let (rows, columns, inner): (Int, Int, Int)
    var alpha: Float = 1
    var beta: Float = 0

    init(_ left: Matrix, _ right: Matrix, into output: Matrix, rows: Int, columns: Int, inner: Int) {
        precondition(!output.isTransposed, "product: the output cannot be transposed")
        (self.left, self.right, self.output) = (left, right, output)
        (self.rows, self.columns, self.inner) = (rows, columns, inner)
    }
}

extension Matrix {
    var address: UInt64 { array.address + UInt64(start * MemoryLayout<Float>.stride) }
    fileprivate var pointer: UnsafePointer<Float>? { UnsafePointer(bitPattern: UInt(address)) }
    fileprivate var libraryOperand: (numbers: UnsafePointer<Float>?, operation: Int32, step: Int32) {
        (pointer, isTransposed ? 1 : 0, Int32(max(1, rowStride)))
    }
    /// Elements from one row of `op(self)` to the next, and from one column to the next.
    var steps: (row: Int, column: Int) { isTransposed ? (1, rowStride) : (rowStride, 1) }
}
