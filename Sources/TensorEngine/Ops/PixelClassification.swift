internal import DeviceSeam

extension Tensor {
    /// The likeliest class of every pixel after bilinear upsampling of the scores (half-pixel centres), and its softmax
    /// probability. The upsampled scores are never held. No gradient; read back to the host.
    ///
    /// - Parameters:
    ///   - height: rows of the result.
    ///   - width: columns of the result.
    /// - Returns: `B * height * width` labels (the first of equal classes) and probabilities, image after image.
    /// - Precondition: scores `[B, h, w, C]` with `1 <= C <= 256`, no empty map.
    public func classified(height: Int, width: Int) -> (labels: [UInt8], confidence: [Float]) {
        let confidence = FloatArray(uninitialized: classMapShape(height: height, width: width))
        let labels = classify(height: height, width: width, confidence: confidence, confident: nil)
        return DeviceArray.hostValues(labels, confidence)
    }

    /// The same labels, and how many pixels of each image have a probability of at least `threshold`.
    public func classified(height: Int, width: Int, threshold: Float) -> (labels: [UInt8], confidentCounts: [Int]) {
        let counts = IndexArray(uninitialized: [shape[0]])
        let labels = classify(
            height: height, width: width, confidence: nil,
            confident: ConfidentPixels(threshold: threshold, counts: counts))
        let (values, found) = DeviceArray.hostValues(labels, counts)
        return (values, found.map(Int.init))
    }

    private func classify(
        height: Int, width: Int, confidence: FloatArray?, confident: ConfidentPixels?
    ) -> ByteArray {
        let labels = ByteArray(uninitialized: classMapShape(height: height, width: width))
        let bytes = labels.count + 4 * (confidence?.count ?? 0)
        Engine.run(.call("upsampled classes", reads: [self], otherBytes: bytes)) {
            $0.classify(array, labels: labels, confidence: confidence, confident: confident)
        }
        return labels
    }

    private func classMapShape(height: Int, width: Int) -> [Int] {
        precondition(
            rank == 4 && shape[1] >= 1 && shape[2] >= 1 && (1...256).contains(shape[3]) && height >= 1 && width >= 1,
            "classified: cannot classify \(height)x\(width) pixels of scores \(shape)")
        return [shape[0], height, width]
    }
}

extension IndexTensor {
    /// Which cells of maps of labels belong to certain labels: 1 where the most frequent label of a cell (the lowest
    /// among equals) is one with a number other than 0 in `counting` and has at least `least` pixels, else 0.
    ///
    /// - Parameters:
    ///   - rows: rows of cells; the height of the maps is a multiple of it.
    ///   - columns: columns of cells; the width of the maps is a multiple of it.
    ///   - counting: a number for each label, `[256]`.
    /// - Returns: `[B, rows, columns]` of maps `[B, H, W]` with labels in `0...255`.
    public func cellMask(rows: Int, columns: Int, counting: IndexTensor, least: Float) -> Tensor {
        precondition(
            shape.count == 3 && rows >= 1 && columns >= 1 && shape[1].isMultiple(of: rows)
                && shape[2].isMultiple(of: columns) && counting.shape == [256],
            "cellMask: labels \(shape) do not divide into \(rows)x\(columns) cells")
        let mask = Tensor(uninitialized: [shape[0], rows, columns])
        Engine.run(.call("label cells", writes: [mask], otherBytes: 4 * count)) {
            $0.maskCells(array, counting: counting.array, least: least, into: mask.array)
        }
        return mask
    }
}
