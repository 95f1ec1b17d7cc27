/// Which row of scores is that of pixels with the ignore label.
package struct IgnoredRow: Sendable {
    package let label: Int32
    package let row: Int32

    package init(label: Int32, row: Int32) {
        self.label = label
        self.row = row
    }
}

/// Inner products of neighbouring cells of maps `[B, h, w, C]`, and what they are for: lengths of vectors that are read
/// between cells, without ever making these vectors.
///
/// Products are `[B, h, w, 4]`, of each cell with itself, with the one on its right, with the one below, and, added up,
/// of both pairs across (cell and the one below on the right; the one on the right and the one below); 0 where a
/// neighbour is beyond the edge.
package protocol NeighbourKernels {
    func neighbourProducts(_ maps: FloatArray, into products: FloatArray)
    func neighbourProductsGradient(_ maps: FloatArray, _ upstream: FloatArray, into gradient: FloatArray)

    /// The sum over the pixels of `labels` of the cross-entropy of scores `[B, h, w, R]` that are upsampled with
    /// aligned corners to the size of the labels and divided by the length of the upsampled vector, or by 1e-12 where
    /// that is shorter. Added up in double precision; neither upsampled scores nor lengths are held whole.
    ///
    /// Labels that are neither a row nor ignored add nothing and are counted in `faults`.
    ///
    /// - Parameters:
    ///   - products: of the vectors, `[B, h, w, 4]`.
    ///   - labels: `[B, H, W]`
    ///   - gradient: the derivatives by scores and products, where they are wanted.
    func unitCrossEntropy(
        _ scores: FloatArray, products: FloatArray, labels: IndexArray, ignored: IgnoredRow,
        gradient: (scores: FloatArray, products: FloatArray)?, into loss: FloatArray, faults: Faults)
}
