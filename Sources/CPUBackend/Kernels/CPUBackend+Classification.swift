internal import CKernels
package import DeviceSeam

extension CPUBackend {
    package func classify(
        _ scores: FloatArray, labels: ByteArray, confidence: FloatArray?, confident: ConfidentPixels?
    ) {
        let (batch, height, width) = (labels.shape[0], labels.shape[1], labels.shape[2])
        let (from, to, certainty) = (scores.floats, labels.pointer, confidence?.floats)
        let (classes, rowLength) = (scores.shape[3], width * scores.shape[3])
        let (mapLength, smallRow) = (scores.shape[1] * scores.shape[2] * classes, scores.shape[2] * classes)
        let counted = scratchArray(of: Int32.self, [confident == nil ? 0 : batch * height])
        withResizing(.bilinear(alignCorners: false), from: scores.shape, to: [batch, height, width, classes]) {
            resizing in
            threads.parallelFor(batch * height, grain: max(1, Self.elementwiseGrain / rowLength)) { rows in
                withScratch(floats: smallRow + rowLength + width) { scratch in
                    let (row, own) = (scratch + smallRow, scratch + smallRow + rowLength)
                    var oneRow = resizing.pointee
                    oneRow.out_h = 1
                    for y in rows {
                        let probabilities = certainty.map { $0 + y * width } ?? own
                        oneRow.rows = resizing.pointee.rows + y % height
                        ck_resize(from + y / height * mapLength, &oneRow, 0, 1, scratch, row)
                        ck_classify(row, width, classes, to + y * width, probabilities)
                        guard let confident else { continue }
                        counted.pointer[y] = Int32(ck_count_at_least(probabilities, width, confident.threshold))
                    }
                }
            }
        }
        guard let confident else { return }
        for image in 0..<batch {
            confident.counts.pointer[image] = (image * height..<(image + 1) * height).reduce(0) {
                $0 + counted.pointer[$1]
            }
        }
    }

    package func maskCells(_ labels: IndexArray, counting: IndexArray, least: Float, into mask: FloatArray) {
        let (rows, columns) = (mask.shape[1], mask.shape[2])
        let (height, width) = (labels.shape[1] / rows, labels.shape[2] / columns)
        let (from, chosen, to) = (labels.pointer, counting.pointer, mask.floats)
        threads.parallelFor(mask.shape[0] * rows, grain: max(1, Self.elementwiseGrain / (height * width * columns))) {
            for row in $0 {
                ck_mask_cells(
                    from + row * height * width * columns, height, width, columns, chosen, least, to + row * columns)
            }
        }
    }
}
