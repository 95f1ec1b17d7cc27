extension ProfilingBackend: CrossEntropyKernels {
    package func crossEntropy(_ logits: Tensor, _ targets: LabelledPixels, gradient: Tensor?) -> PixelLoss {
        timed(
            "cross-entropy", reads: [logits] + targets.floats, writes: gradient.map { [$0] } ?? [],
            otherBytes: targets.labelBytes
        ) {
            base.crossEntropy(logits, targets, gradient: gradient)
        }
    }

    package func upsampledCrossEntropy(_ logits: Tensor, _ targets: LabelledPixels, gradient: Tensor?) -> PixelLoss {
        timed(
            "upsampled cross-entropy", reads: [logits] + targets.floats, writes: gradient.map { [$0] } ?? [],
            otherBytes: targets.labelBytes
        ) {
            base.upsampledCrossEntropy(logits, targets, gradient: gradient)
        }
    }
}

extension LabelledPixels {
    fileprivate var floats: [Tensor] { [weights, classWeights].compactMap { $0 } }
    fileprivate var labelBytes: Int { labels.count * MemoryLayout<Int32>.stride }
}
