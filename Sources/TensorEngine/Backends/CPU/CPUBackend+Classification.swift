internal import CKernels

extension CPUBackend: ClassificationKernels {
    func classify(
        _ scores: Tensor, height: Int, width: Int, labels: UnsafeMutableBufferPointer<UInt8>,
        confidence: UnsafeMutableBufferPointer<Float>
    ) {
        guard let labels = labels.baseAddress, let confidence = confidence.baseAddress else { return }
        let from = scores.floats
        let (classes, rowLength) = (scores.shape[3], width * scores.shape[3])
        withResizing(
            .bilinear(alignCorners: false), from: scores.shape, to: [scores.shape[0], height, width, classes]
        ) { resizing in
            let mapLength = scores.shape[1] * scores.shape[2] * classes
            threads.parallelFor(scores.shape[0] * height, grain: max(1, Self.elementwiseGrain / rowLength)) { rows in
                withScratch(floats: scores.shape[2] * classes + rowLength) { scratch in
                    let row = scratch + scores.shape[2] * classes
                    var oneRow = resizing.pointee
                    oneRow.out_h = 1
                    for y in rows {
                        oneRow.rows = resizing.pointee.rows + y % height
                        ck_resize(from + y / height * mapLength, &oneRow, 0, 1, scratch, row)
                        ck_classify(row, width, classes, labels + y * width, confidence + y * width)
                    }
                }
            }
        }
    }
}
