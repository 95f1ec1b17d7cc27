package protocol ClassificationKernels {
    /// Resizes scores `[B, h, w, C]` bilinearly (half-pixel centres) to `height x width` and takes the largest of each
    /// pixel and its softmax probability, without holding the resized scores.
    func classify(
        _ scores: Tensor, height: Int, width: Int, labels: UnsafeMutableBufferPointer<UInt8>,
        confidence: UnsafeMutableBufferPointer<Float>)
}
