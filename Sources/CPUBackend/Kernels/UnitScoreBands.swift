internal import CKernels

/// Cross-entropy of scores of vectors that are upsampled and brought to length 1, a band of rows at a time; see
/// `NeighbourKernels`.
struct UnitScoreBands {
    private let bands: RowBands
    private let resizing: UnsafePointer<ck_resizing>
    private let targets: UnsafePointer<ck_targets>
    private let (scores, products): (UnsafePointer<Float>, UnsafePointer<Float>)
    /// Floats of a row of scores, small and large, and of one of products.
    private let (smallRow, largeRow, productRow): (Int, Int, Int)
    /// Bands of the whole batch.
    var count: Int { bands.count }
    /// Gradients of the small rows a band may read: of scores, then of products.
    var partialFloats: Int { bands.mostSmallRows * (smallRow + productRow) }

    init(
        resizing: UnsafePointer<ck_resizing>, targets: UnsafePointer<ck_targets>, scores: UnsafePointer<Float>,
        products: UnsafePointer<Float>, batch: Int
    ) {
        bands = RowBands(resizing, batch: batch)
        (self.resizing, self.targets) = (resizing, targets)
        (self.scores, self.products) = (scores, products)
        let sizes = resizing.pointee
        (smallRow, largeRow) = (sizes.in_w * sizes.channels, sizes.out_w * sizes.channels)
        productRow = sizes.in_w * Int(CK_NEIGHBOUR_PRODUCTS)
    }

    /// Two large rows of scores, two of lengths, and small rows.
    var scratchFloats: Int {
        let sizes = resizing.pointee
        return 2 * largeRow + 2 * sizes.out_w + smallRow + 2 * sizes.in_w
    }

    /// The loss of a band; its gradient by the small rows is left in `gradient`, where that is wanted.
    func loss(
        _ band: Int, gradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) -> ck_loss {
        let (map, index) = bands.place(of: band)
        if let gradient { ck_fill(gradient, 0, partialFloats) }
        var total = ck_loss()
        for y in bands.rows(index) {
            let loss = rowLoss(
                y, map: map, firstSmallRow: bands.smallRows(index).lowerBound, gradient: gradient, scratch: scratch)
            total.sum += loss.sum
            total.bad_labels += loss.bad_labels
        }
        return total
    }

    private func rowLoss(
        _ y: Int, map: Int, firstSmallRow: Int, gradient: UnsafeMutablePointer<Float>?,
        scratch: UnsafeMutablePointer<Float>
    ) -> ck_loss {
        let sizes = resizing.pointee
        let (unit, slopes) = (scratch, scratch + largeRow)
        let squares = slopes + largeRow
        let squareSlopes = squares + sizes.out_w
        let (blended, lengths) = (squareSlopes + sizes.out_w, squareSlopes + sizes.out_w + smallRow)
        var oneRow = sizes
        oneRow.out_h = 1
        oneRow.rows = sizes.rows + y
        ck_resize(scores + map * sizes.in_h * smallRow, &oneRow, 0, 1, blended, unit)
        ck_upsampled_squares(products + map * sizes.in_h * productRow, resizing, y, lengths, squares)
        ck_divide_by_lengths(unit, squares, sizes.out_w, sizes.channels)
        let loss = ck_cross_entropy(
            unit, targets, (map * sizes.out_h + y) * sizes.out_w, sizes.out_w, sizes.channels,
            gradient == nil ? 0 : 1, slopes)
        guard let gradient else { return loss }
        ck_divide_by_lengths_gradient(unit, squares, sizes.out_w, sizes.channels, slopes, squareSlopes)
        ck_resize_add_row_adjoint(slopes, resizing, y, firstSmallRow, blended, gradient)
        ck_upsampled_squares_adjoint(
            squareSlopes, resizing, y, firstSmallRow, lengths, gradient + bands.mostSmallRows * smallRow)
        return loss
    }

    /// Adds the bands of one map in their order to its gradients.
    func collect(
        _ partial: UnsafePointer<Float>, map: Int, scores: UnsafeMutablePointer<Float>,
        products: UnsafeMutablePointer<Float>
    ) {
        bands.collect(partial, stride: partialFloats, rowLength: smallRow, map: map, into: scores)
        bands.collect(
            partial + bands.mostSmallRows * smallRow, stride: partialFloats, rowLength: productRow, map: map,
            into: products)
    }
}
