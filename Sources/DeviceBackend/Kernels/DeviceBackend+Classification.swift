package import DeviceSeam

extension DeviceBackend {
    package func classify(
        _ scores: FloatArray, labels: ByteArray, confidence: FloatArray?, confident: ConfidentPixels?
    ) {
        let (from, to) = (scores.shape, labels.shape)
        let certainty = confidence ?? confident.map { _ in floats(to) }
        context.launch(
            "classify", each: labels.count,
            [scores, labels, certainty, from[1], from[2], to[1], to[2], from[3], labels.count])
        guard let confident, let certainty else { return }
        let (images, length) = (to[0], to[1] * to[2])
        let blocks = Self.blocks(of: length)
        let partial = scratch(of: Int32.self, [images, blocks])
        context.launch(
            "count_at_least", each: images * blocks,
            [certainty, partial, confident.threshold, length, blocks, images * blocks])
        context.launch("fold_counts", each: images, [partial, confident.counts, blocks, images])
    }

    package func maskCells(_ labels: IndexArray, counting: IndexArray, least: Float, into mask: FloatArray) {
        let (rows, columns) = (mask.shape[1], mask.shape[2])
        guard mask.count > 0 else { return }
        context.launch(
            "mask_cells", each: mask.count,
            [labels, counting, mask, least, labels.shape[1] / rows, labels.shape[2] / columns, columns, mask.count])
    }
}
