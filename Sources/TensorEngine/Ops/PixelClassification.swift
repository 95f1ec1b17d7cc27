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
        precondition(
            rank == 4 && shape[1] >= 1 && shape[2] >= 1 && (1...256).contains(shape[3]) && height >= 1 && width >= 1,
            "classified: cannot classify \(height)x\(width) pixels of scores \(shape)")
        let count = shape[0] * height * width
        var confidence: [Float] = []
        let labels = [UInt8](unsafeUninitializedCapacity: count) { labels, labelCount in
            confidence = [Float](unsafeUninitializedCapacity: count) { confidence, confidenceCount in
                Engine.backend.classify(self, height: height, width: width, labels: labels, confidence: confidence)
                confidenceCount = count
            }
            labelCount = count
        }
        return (labels, confidence)
    }
}
