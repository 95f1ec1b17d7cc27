/// What the pixels of a loss should be.
package struct LabelledPixels {
    /// `[B, H, W]`
    package let labels: IndexTensor
    /// `[B, H, W]`; 1 where absent.
    package let weights: Tensor?
    /// `[C]`; 1 where absent.
    package let classWeights: Tensor?
    /// The label of pixels that add nothing.
    package let ignoreIndex: Int32
}

/// A loss summed over pixels, on the host.
package struct PixelLoss {
    package var sum = 0.0
    /// Pixels whose label is neither a class nor ignored; they add nothing.
    package var badLabels = 0
}

package protocol CrossEntropyKernels {
    /// The sum of `weight * cross-entropy` over all pixels, and its derivative by the logits where it is wanted.
    func crossEntropy(_ logits: Tensor, _ targets: LabelledPixels, gradient: Tensor?) -> PixelLoss
    /// The same after bilinear upsampling (half-pixel centres) of logits `[B, h, w, C]` to the size of the labels; the
    /// upsampled logits are never held whole.
    func upsampledCrossEntropy(_ logits: Tensor, _ targets: LabelledPixels, gradient: Tensor?) -> PixelLoss
}
