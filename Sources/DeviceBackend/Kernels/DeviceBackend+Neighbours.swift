package import DeviceSeam

extension DeviceBackend {
    package func neighbourProducts(_ maps: FloatArray, into products: FloatArray) {
        let size = maps.shape
        context.launch(
            "neighbour_products", each: products.count, [maps, products, size[1], size[2], size[3], products.count])
    }

    package func neighbourProductsGradient(_ maps: FloatArray, _ upstream: FloatArray, into gradient: FloatArray) {
        let size = maps.shape
        context.launch(
            "neighbour_products_gradient", each: gradient.count,
            [maps, upstream, gradient, size[1], size[2], size[3], gradient.count])
    }

    package func unitCrossEntropy(
        _ scores: FloatArray, products: FloatArray, labels: IndexArray, ignored: IgnoredRow,
        gradient: (scores: FloatArray, products: FloatArray)?, into loss: FloatArray, faults: Faults
    ) {
        let operands = packed(scores, products, labels, ignored)
        let (kept, slopes, pixels) = (floats([labels.count]), floats([labels.count]), labels.count)
        self.loss(of: pixels, into: loss) { partial, blocks in
            context.launch(
                "unit_cross_entropy", each: blocks, [operands, kept, slopes, partial, faults.labels, pixels, blocks])
        }
        guard let gradient else { return }
        context.launch(
            "unit_cross_entropy_score_gradient", each: gradient.scores.count,
            [operands, kept, gradient.scores, gradient.scores.count])
        context.launch(
            "unit_cross_entropy_product_gradient", each: gradient.products.count / 4,
            [operands, slopes, gradient.products, gradient.products.count / 4])
    }

    private func packed(
        _ scores: FloatArray, _ products: FloatArray, _ labels: IndexArray, _ ignored: IgnoredRow
    ) -> PackedValue {
        var value = PackedValue()
        for address in [scores.address, products.address, labels.address] { value.add(address: address) }
        for number in [
            Int(ignored.label), Int(ignored.row), scores.shape[1], scores.shape[2], labels.shape[1], labels.shape[2],
            scores.shape[3],
        ] { value.add(int32: number) }
        value.add(int32: 0)  // fills up the last eight bytes
        return value
    }
}
