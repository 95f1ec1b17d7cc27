internal import CKernels
internal import DeviceSeam

extension CPUBackend {
    /// Where `rows columns / (rows + columns)` is less, rounding the operands takes longer than it saves: a core of an
    /// AMD EPYC rounds an element in 110 to 220 ps and saves 10 ps on a multiply-add.
    private static let leastReuse = 16
    private static let leastInner = 16
    /// Multiply-adds below which the library's call costs more than it saves.
    private static let leastWork = 1 << 16

    /// Whether the operands of a product of these sizes are rounded. What is computed in parts asks once, so that the
    /// number of threads decides nothing.
    func rounds(rows: Int, columns: Int, inner: Int) -> Bool {
        bfloat16 != nil && inner >= Self.leastInner && rows * columns * inner >= Self.leastWork
            && rows * columns >= Self.leastReuse * (rows + columns)
    }

    /// Lends memory for so many numbers to `body`.
    fileprivate func withHalves(_ count: Int, _ body: (UnsafeMutablePointer<UInt16>) -> Void) {
        withScratch(floats: (count + 1) / 2) { scratch in
            scratch.withMemoryRebound(to: UInt16.self, capacity: count, body)
        }
    }
}

/// A product whose operands are rounded to bfloat16 first; sums, and what is written, are of single precision.
struct RoundedProduct {
    /// Numbers that are rounded at a time of what is cut into blocks, so that their copy stays in a cache.
    private static let blockNumbers = 1 << 20
    /// Elements worth a thread.
    private static let roundingGrain = 1 << 16

    private let library: Bfloat16Library
    private let product: HostProduct
    private let backend: CPUBackend

    init(_ product: HostProduct, by library: Bfloat16Library, on backend: CPUBackend) {
        (self.library, self.product, self.backend) = (library, product, backend)
    }

    /// On the calling thread.
    func runSerially() {
        let (rows, columns, inner) = (product.rows, product.columns, product.inner)
        backend.withHalves((rows + columns) * inner) { memory in
            let left = round(product.left, rows, inner, in: memory, alone: true)
            let right = round(product.right, inner, columns, in: memory + rows * inner, alone: true)
            library.multiply(left, right, product.writingBias())
        }
    }

    /// The threads share each block of the longest of the three sides.
    func run() {
        let (rows, columns, inner) = (product.rows, product.columns, product.inner)
        if inner >= max(rows, columns) {
            forEachBlock(of: inner, numbersEach: rows + columns) { block, memory in
                var part = product
                part.left = product.left.from(row: 0, column: block.lowerBound)
                part.right = product.right.from(row: block.lowerBound, column: 0)
                part.inner = block.count
                if block.lowerBound > 0 { (part.bias, part.beta) = (nil, 1) }
                let left = round(part.left, rows, part.inner, in: memory)
                let right = round(part.right, part.inner, columns, in: memory + rows * part.inner)
                multiply(left, right, part)
            }
        } else if rows >= columns {
            withRounded(product.right, inner, columns) { right in
                forEachBlock(of: rows, numbersEach: inner) { block, memory in
                    let part = product.block(rows: block, columns: 0..<columns)
                    multiply(round(part.left, part.rows, inner, in: memory), right, part)
                }
            }
        } else {
            withRounded(product.left, rows, inner) { left in
                forEachBlock(of: columns, numbersEach: inner) { block, memory in
                    let part = product.block(rows: 0..<rows, columns: block)
                    multiply(left, round(part.right, inner, part.columns, in: memory), part)
                }
            }
        }
    }

    private func multiply(_ left: Bfloat16Matrix, _ right: Bfloat16Matrix, _ product: HostProduct) {
        backend.shareOut(rows: product.rows, columns: product.columns, inner: product.inner) { rows, columns in
            library.multiply(
                left.from(row: rows.lowerBound, column: 0), right.from(row: 0, column: columns.lowerBound),
                product.block(rows: rows, columns: columns).writingBias())
        }
    }

    /// Cuts a side into blocks of about equal length, whole tiles of it.
    ///
    /// - Parameter numbersEach: those of the operands that an element of the side stands for.
    private func forEachBlock(
        of side: Int, numbersEach: Int, _ body: (_ block: Range<Int>, _ memory: UnsafeMutablePointer<UInt16>) -> Void
    ) {
        let tile = 64
        let longest = max(tile, Self.blockNumbers / numbersEach / tile * tile)
        let blocks = (side + longest - 1) / longest
        let length = ((side + blocks - 1) / blocks + tile - 1) / tile * tile
        backend.withHalves(min(side, length) * numbersEach) { memory in
            for first in stride(from: 0, to: side, by: length) { body(first..<min(side, first + length), memory) }
        }
    }

    private func withRounded(_ matrix: HostMatrix, _ rows: Int, _ columns: Int, _ body: (Bfloat16Matrix) -> Void) {
        backend.withHalves(rows * columns) { body(round(matrix, rows, columns, in: $0)) }
    }

    /// Rounds a matrix that stands for `[rows, columns]`, all threads together unless this one does it alone.
    private func round(
        _ matrix: HostMatrix, _ rows: Int, _ columns: Int, in memory: UnsafeMutablePointer<UInt16>,
        alone: Bool = false
    ) -> Bfloat16Matrix {
        let (lines, length) = matrix.isTransposed ? (columns, rows) : (rows, columns)
        func round(_ range: Range<Int>) {
            let first = range.lowerBound
            ck_round_bfloat16(
                matrix.first + first * matrix.rowStride, matrix.rowStride, range.count, length, memory + first * length,
                length)
        }
        if alone {
            round(0..<lines)
        } else {
            backend.threads.parallelFor(lines, grain: max(1, Self.roundingGrain / length), round)
        }
        return Bfloat16Matrix(first: memory, rowStride: length, isTransposed: matrix.isTransposed)
    }
}
