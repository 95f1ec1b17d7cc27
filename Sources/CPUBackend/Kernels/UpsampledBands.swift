internal import CKernels

/// Cross-entropy of upsampled logits, a band of rows at a time: each band makes its logits row by row, takes the loss,
/// and adds the gradient to its copy of the small rows.
struct UpsampledBands {
    private let bands: RowBands
    private let resizing: UnsafePointer<ck_resizing>
    private let targets: UnsafePointer<ck_targets>
    private let logits: UnsafePointer<Float>
    private let (smallRow, largeRow): (Int, Int)
    /// Bands of the whole batch.
    var count: Int { bands.count }
    /// Gradients of the small rows a band may read.
    var partialFloats: Int { bands.mostSmallRows * smallRow }

    init(
        resizing: UnsafePointer<ck_resizing>, targets: UnsafePointer<ck_targets>, logits: UnsafePointer<Float>,
        batch: Int
    ) {
        bands = RowBands(resizing, batch: batch)
        (self.resizing, self.targets, self.logits) = (resizing, targets, logits)
        let sizes = resizing.pointee
        (smallRow, largeRow) = (sizes.in_w * sizes.channels, sizes.out_w * sizes.channels)
    }

    /// One large row of logits and one small row.
    var scratchFloats: Int { largeRow + smallRow }

    /// The loss of a band; its gradient by the small rows is left in `gradient`, where that is wanted.
    func loss(
        _ band: Int, gradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) -> ck_loss {
        let sizes = resizing.pointee
        let (map, index) = bands.place(of: band)
        let (row, blended) = (scratch, scratch + largeRow)
        let firstSmallRow = bands.smallRows(index).lowerBound
        if let gradient { ck_fill(gradient, 0, partialFloats) }
        var total = ck_loss()
        var oneRow = sizes
        oneRow.out_h = 1
        for y in bands.rows(index) {
            oneRow.rows = sizes.rows + y
            ck_resize(logits + map * sizes.in_h * smallRow, &oneRow, 0, 1, blended, row)
            let loss = ck_cross_entropy(
                row, targets, (map * sizes.out_h + y) * sizes.out_w, sizes.out_w, sizes.channels,
                gradient == nil ? 0 : 1, row)
            total.sum += loss.sum
            total.bad_labels += loss.bad_labels
            if let gradient { ck_resize_add_row_adjoint(row, resizing, y, firstSmallRow, blended, gradient) }
        }
        return total
    }

    /// Adds the bands of one map in their order to its gradient.
    func collect(_ partial: UnsafePointer<Float>, map: Int, into gradient: UnsafeMutablePointer<Float>) {
        bands.collect(partial, stride: partialFloats, rowLength: smallRow, map: map, into: gradient)
    }
}
