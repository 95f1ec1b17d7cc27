internal import CKernels

/// A batch of label maps cut into bands of rows: each band makes its upsampled logits row by row, takes the loss, and
/// adds the gradient to a copy of the few small rows it was made from. The bands depend on the sizes alone.
struct UpsampledBands {
    private static let rowsPerBand = 32

    private let resizing: UnsafePointer<ck_resizing>
    private let targets: UnsafePointer<ck_targets>
    private let logits: UnsafePointer<Float>
    private let bandsPerMap: Int
    private let (smallRow, largeRow): (Int, Int)
    /// Bands of the whole batch.
    let count: Int
    /// Gradients of the small rows a band may read.
    let partialFloats: Int

    init(
        resizing: UnsafePointer<ck_resizing>, targets: UnsafePointer<ck_targets>, logits: UnsafePointer<Float>,
        batch: Int
    ) {
        (self.resizing, self.targets, self.logits) = (resizing, targets, logits)
        let sizes = resizing.pointee
        (smallRow, largeRow) = (sizes.in_w * sizes.channels, sizes.out_w * sizes.channels)
        bandsPerMap = (sizes.out_h + Self.rowsPerBand - 1) / Self.rowsPerBand
        count = batch * bandsPerMap
        partialFloats = (0..<bandsPerMap).reduce(0) { max($0, Self.smallRows($1, resizing).count) } * smallRow
    }

    /// One large row of logits and one small row.
    var scratchFloats: Int { largeRow + smallRow }

    /// The loss of a band; its gradient by the small rows is left in `gradient`, where that is wanted.
    func loss(
        _ band: Int, gradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) -> ck_loss {
        let sizes = resizing.pointee
        let (map, index) = (band / bandsPerMap, band % bandsPerMap)
        let (row, blended) = (scratch, scratch + largeRow)
        let firstSmallRow = Self.smallRows(index, resizing).lowerBound
        if let gradient { ck_fill(gradient, 0, partialFloats) }
        var total = ck_loss()
        var oneRow = sizes
        oneRow.out_h = 1
        for y in Self.rows(index, sizes.out_h) {
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
        for index in 0..<bandsPerMap {
            let rows = Self.smallRows(index, resizing)
            ck_accumulate(
                gradient + (map * resizing.pointee.in_h + rows.lowerBound) * smallRow,
                partial + (map * bandsPerMap + index) * partialFloats, rows.count * smallRow)
        }
    }

    private static func rows(_ band: Int, _ height: Int) -> Range<Int> {
        band * rowsPerBand..<min(height, (band + 1) * rowsPerBand)
    }

    /// The small rows that the rows of a band are made from.
    private static func smallRows(_ band: Int, _ resizing: UnsafePointer<ck_resizing>) -> Range<Int> {
        let rows = rows(band, resizing.pointee.out_h)
        let samples = resizing.pointee.rows
        guard let samples, let last = rows.last else { return 0..<0 }
        return Int(samples[rows.lowerBound].low)..<Int(samples[last].high) + 1
    }
}
