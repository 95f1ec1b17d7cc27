internal import CKernels

/// A small matrix laid out for `multiply`, where it serves as the right factor of many products.
struct PanelMatrix {
    let panels: UnsafePointer<Float>
    let (inner, columns): (Int, Int)

    /// Columns that lie side by side; a part of a matrix that begins at a multiple of them is a part of its floats too.
    static var panelColumns: Int { Int(CK_PANEL) }

    /// Floats that a matrix `[inner, columns]` takes.
    static func floats(inner: Int, columns: Int) -> Int { ck_panel_floats(inner, columns) }

    /// Lays `op(matrix)`, `[inner, columns]`, out in `memory`.
    init(_ matrix: HostMatrix, inner: Int, columns: Int, in memory: UnsafeMutablePointer<Float>) {
        let (first, second) = matrix.strides
        ck_pack_panels(matrix.first, first, second, inner, columns, memory)
        self.init(memory, inner: inner, columns: columns)
    }

    /// A matrix that was laid out before.
    init(_ memory: UnsafePointer<Float>, inner: Int, columns: Int) {
        panels = memory
        (self.inner, self.columns) = (inner, columns)
    }

    /// `output = scale * op(left) self + (adding ? output : 0)` on the calling thread, with `op(left)` `[rows, inner]`.
    func multiply(
        _ left: HostMatrix, into output: UnsafeMutablePointer<Float>, rowStride: Int, rows: Int, scale: Float = 1,
        adding: Bool
    ) {
        let (first, second) = left.strides
        ck_panel_product(
            left.first, first, second, panels, rows, columns, inner, scale, adding ? 1 : 0, output, rowStride)
    }
}

extension HostMatrix {
    var transposed: HostMatrix { HostMatrix(first: first, rowStride: rowStride, isTransposed: !isTransposed) }

    /// Floats from one row, and from one column, of `op(matrix)` to the next.
    fileprivate var strides: (rows: Int, columns: Int) { isTransposed ? (1, rowStride) : (rowStride, 1) }
}
