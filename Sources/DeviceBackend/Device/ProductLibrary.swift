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

    /// Gives it memory to work in.
    func use(_ workspace: DeviceMemory, byteCount: Int) {
        _ = table.set_workspace(handle, UnsafeMutableRawPointer(bitPattern: UInt(workspace.deviceAddress)), byteCount)
    }

    /// Products of row-major matrices as the library takes them: to it, which counts by columns, they are the transposed
    /// ones with the operands exchanged. Arrays are not held: they may be given back once the call has its place in the
    /// order of work.
    func numbers(of call: ProductCall, _ precision: Precision) -> ProductNumbers {
        ProductNumbers(
            left: .init(call.right, call.rightStride), right: .init(call.left, call.leftStride),
            output: .init(call.output, call.outputStride), m: Int32(call.columns), n: Int32(call.rows),
            k: Int32(call.inner), count: Int32(call.count), alpha: call.alpha, beta: call.beta, precision: precision)
    }

    /// - Returns: the library's code.
    func run(_ call: ProductNumbers) -> Int32 {
        var (alpha, beta) = (call.alpha, call.beta)
        let (left, right, output) = (call.left, call.right, call.output)
        let result = UnsafeMutablePointer(mutating: output.pointer)
        guard let compute = call.precision.libraryMode else {
            return table.batched_product(
                handle, left.operation, right.operation, call.m, call.n, call.k, &alpha, left.pointer, left.row,
                left.stride, right.pointer, right.row, right.stride, &beta, result, output.row, output.stride,
                call.count)
        }
        let type = Int32(CDD_TYPE_FLOAT)
        return table.rounded_product(
            handle, left.operation, right.operation, call.m, call.n, call.k, &alpha, left.pointer, type, left.row,
            left.stride, right.pointer, type, right.row, right.stride, &beta, result, type, output.row, output.stride,
            call.count, compute, -1)
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

/// Products as numbers alone.
struct ProductNumbers {
    struct Operand {
        let address: UInt64
        let operation: Int32
        /// From one row to the next, and from one matrix to the next.
        let row: Int32
        let stride: Int64

        init(_ matrix: Matrix, _ stride: Int) {
            address = matrix.address
            operation = matrix.isTransposed ? 1 : 0
            row = Int32(max(1, matrix.rowStride))
            self.stride = Int64(stride)
        }

        var pointer: UnsafePointer<Float>? { UnsafePointer(bitPattern: UInt(address)) }
        var words: [UInt64] {
            [address, UInt64(UInt32(bitPattern: operation)) << 32 | UInt64(UInt32(bitPattern: row)),
             UInt64(bitPattern: stride)]
        }
    }

    let (left, right, output): (Operand, Operand, Operand)
    let (m, n, k, count): (Int32, Int32, Int32, Int32)
    let (alpha, beta): (Float, Float)
    let precision: Precision

    init(
        left: Operand, right: Operand, output: Operand, m: Int32, n: Int32, k: Int32, count: Int32, alpha: Float,
        beta: Float, precision: Precision
    ) {
        (self.left, self.right, self.output) = (left, right, output)
        (self.m, self.n, self.k, self.count) = (m, n, k, count)
        (self.alpha, self.beta, self.precision) = (alpha, beta, precision)
    }

    /// Equal for calls that do the same.
    var signature: [UInt64] {
        let sizes = [m, n, k, count, precision.libraryMode ?? 0].map { UInt64(UInt32(bitPattern: $0)) }
        return [4] + left.words + right.words + output.words + sizes
            + [UInt64(alpha.bitPattern) << 32 | UInt64(beta.bitPattern)]
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
    /// Elements from one row of `op(self)` to the next, and from one column to the next.
    var steps: (row: Int, column: Int) { isTransposed ? (1, rowStride) : (rowStride, 1) }
}
