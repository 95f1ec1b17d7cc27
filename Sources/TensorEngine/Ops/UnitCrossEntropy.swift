internal import DeviceSeam

extension Tensor {
    /// The sum over pixels of the cross-entropy of `softmax(rows f / |f|)`, where `f` are these vectors, upsampled
    /// bilinearly with aligned corners to the size of the labels and divided by their length (or by 1e-12, where that
    /// is smaller): the pixel-text loss of LIDAPS (arXiv:2404.03799), after DenseCLIP.
    ///
    /// Exact without the upsampled vectors, `[B, H, W, C]`. Scores and upsampling are linear, so few scores are
    /// upsampled instead of many channels; and the square of a length is a sum of inner products of the four cells that
    /// a pixel is read from, of which a map has four different ones a cell.
    ///
    /// - Parameters:
    ///   - rows: what vectors are compared with, `[R, C]`.
    ///   - labels: `[B, H, W]`, rows or `ignored.label`.
    ///   - ignored: the label of pixels without a class, and the row that is theirs: they are not left out.
    /// - Returns: a scalar.
    /// - Precondition: vectors `[B, h, w, C]`, no map empty unless all are; every label is a row or the ignored one,
    ///   looked at by the device as with `crossEntropy`.
    public func upsampledUnitCrossEntropy(
        rows: Tensor, labels: IndexTensor, ignored: (label: Int, row: Int)
    ) -> Tensor {
        precondition(
            rank == 4 && rows.rank == 2 && rows.shape[1] == shape[3],
            "upsampledUnitCrossEntropy: vectors \(shape) do not fit rows \(rows.shape)")
        precondition(
            labels.shape.count == 3 && labels.shape[0] == shape[0] && (labels.count == 0 || shape[1] * shape[2] > 0),
            "upsampledUnitCrossEntropy: labels \(labels.shape) do not fit vectors \(shape)")
        guard let label = Int32(exactly: ignored.label), rows.shape.first.map({ 0..<$0 })?.contains(ignored.row) == true
        else {
            preconditionFailure("upsampledUnitCrossEntropy: no row \(ignored.row) for the label \(ignored.label)")
        }
        return linear(weight: rows, bias: nil).unitCrossEntropy(
            neighbourProducts(), labels, IgnoredRow(label: label, row: Int32(ignored.row)))
    }

    /// Inner products of each cell with itself and its neighbours, as `NeighbourKernels` has them,
    /// `[B, h, w, C] -> [B, h, w, 4]`.
    func neighbourProducts() -> Tensor {
        let products = Tensor(uninitialized: Array(shape.dropLast()) + [4])
        Engine.run(.call("neighbour products", reads: [self], writes: [products])) {
            $0.neighbourProducts(array, into: products.array)
        }
        let input = Kept(self)
        return products.recorded(from: [self]) { upstream, _ in
            let cells = input.take()
            let gradient = Tensor(uninitialized: cells.shape)
            Engine.run(.call("neighbour products gradient", reads: [cells, upstream], writes: [gradient])) {
                $0.neighbourProductsGradient(cells.array, upstream.array, into: gradient.array)
            }
            return [gradient]
        }
    }

    /// The loss of scores `[B, h, w, R]` of vectors with these products. Its derivative is made with the value.
    private func unitCrossEntropy(_ products: Tensor, _ labels: IndexTensor, _ ignored: IgnoredRow) -> Tensor {
        let wantsGradient = (requiresGradient || products.requiresGradient) && GradientMode.isRecording
        let gradients = wantsGradient ? (Tensor(uninitialized: shape), Tensor(uninitialized: products.shape)) : nil
        let loss = Tensor(uninitialized: [])
        let written = gradients.map { [$0.0, $0.1] } ?? []
        Engine.run(
            .call(
                "unit cross-entropy", reads: [self, products], writes: written, otherBytes: 4 * labels.count)
        ) {
            $0.unitCrossEntropy(
                array, products: products.array, labels: labels.array, ignored: ignored,
                gradient: gradients.map { ($0.0.array, $0.1.array) }, into: loss.array, faults: Engine.faults)
        }
        return loss.recorded(from: [self, products]) { upstream, _ in
            [gradients.map { $0.0 * upstream }, gradients.map { $0.1 * upstream }]
        }
    }
}
