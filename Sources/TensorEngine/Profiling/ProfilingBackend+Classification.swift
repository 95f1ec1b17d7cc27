extension ProfilingBackend: ClassificationKernels {
    package func classify(
        _ scores: Tensor, height: Int, width: Int, labels: UnsafeMutableBufferPointer<UInt8>,
        confidence: UnsafeMutableBufferPointer<Float>
    ) {
        timed(
            "upsampled classes", reads: [scores], writes: [],
            otherBytes: labels.count + confidence.count * MemoryLayout<Float>.stride
        ) {
            base.classify(scores, height: height, width: width, labels: labels, confidence: confidence)
        }
    }
}
