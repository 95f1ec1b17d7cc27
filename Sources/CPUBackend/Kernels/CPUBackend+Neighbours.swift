internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func neighbourProducts(_ maps: FloatArray, into products: FloatArray) {
        let (from, to, size) = (maps.floats, products.floats, maps.shape)
        parallelRows(of: maps) { rows in
            ck_neighbour_products(from, size[1], size[2], size[3], rows.lowerBound, rows.count, to)
        }
    }

    package func neighbourProductsGradient(_ maps: FloatArray, _ upstream: FloatArray, into gradient: FloatArray) {
        let (from, above, to, size) = (maps.floats, upstream.floats, gradient.floats, maps.shape)
        parallelRows(of: maps) { rows in
            ck_neighbour_products_gradient(from, above, size[1], size[2], size[3], rows.lowerBound, rows.count, to)
        }
    }

    package func unitCrossEntropy(
        _ scores: FloatArray, products: FloatArray, labels: IndexArray, ignored: IgnoredRow,
        gradient: (scores: FloatArray, products: FloatArray)?, into loss: FloatArray, faults: Faults
    ) {
        let (size, classes) = (labels.shape, scores.shape[3])
        if let gradient {
            fill(gradient.scores, with: 0)
            fill(gradient.products, with: 0)
        }
        guard labels.count > 0, classes > 0 else { return store(0, badLabels: labels.count, classes, in: loss, faults) }
        let rows = rowsOfLabels(labels, ignored)
        let targets = ck_targets(labels: rows.pointer, weights: nil, class_weights: nil, ignore_index: .min)
        withResizing(.bilinear(alignCorners: true), from: scores.shape, to: size + [classes]) { resizing in
            withUnsafePointer(to: targets) { targets in
                let bands = UnitScoreBands(
                    resizing: resizing, targets: targets, scores: scores.floats, products: products.floats,
                    batch: size[0])
                let partial = gradient.map { _ in floats([bands.count, bands.partialFloats]) }
                let sums = partial?.floats
                let sum = sumOfLosses(bands.count, scratchFloats: bands.scratchFloats) { band, scratch in
                    bands.loss(band, gradient: sums.map { $0 + band * bands.partialFloats }, scratch: scratch)
                }
                if let sums, let gradient {
                    let (ofScores, ofProducts) = (gradient.scores.floats, gradient.products.floats)
                    threads.parallelFor(size[0]) {
                        for map in $0 { bands.collect(sums, map: map, scores: ofScores, products: ofProducts) }
                    }
                }
                store(sum.sum, badLabels: Int(sum.bad_labels), classes, in: loss, faults)
            }
        }
    }

    /// The row of scores of each pixel.
    private func rowsOfLabels(_ labels: IndexArray, _ ignored: IgnoredRow) -> IndexArray {
        let rows = scratchArray(of: Int32.self, labels.shape)
        let (from, to) = (labels.pointer, rows.pointer)
        threads.parallelFor(labels.count, grain: Self.elementwiseGrain) { range in
            for pixel in range { to[pixel] = from[pixel] == ignored.label ? ignored.row : from[pixel] }
        }
        return rows
    }
}
