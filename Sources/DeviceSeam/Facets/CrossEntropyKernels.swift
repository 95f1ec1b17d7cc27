/// What the pixels of a loss should be.
package struct LabelledPixels {
    /// `[B, H, W]`
    package let labels: IndexArray
    /// `[B, H, W]`; 1 where absent.
    package let weights: FloatArray?
    /// `[C]`; 1 where absent.
    package let classWeights: FloatArray?
    /// The label of pixels that add nothing.
    package let ignoreIndex: Int32

    package init(labels: IndexArray, weights: FloatArray?, classWeights: FloatArray?, ignoreIndex: Int32) {
        self.labels = labels
        self.weights = weights
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
    }
}

/// Pixels whose label is neither a class nor ignored add nothing and are counted in `faults`.
package protocol CrossEntropyKernels {
    /// The sum of `weight * cross-entropy` over all pixels, added up in double precision, and its derivative by the
    /// logits where it is wanted.
    func crossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray, faults: Faults)
    /// The same after bilinear upsampling (half-pixel centres) of logits `[B, h, w, C]` to the size of the labels; the
    /// upsampled logits are never held whole.
    func upsampledCrossEntropy(
        _ logits: FloatArray, _ targets: LabelledPixels, gradient: FloatArray?, into loss: FloatArray, faults: Faults)
}
