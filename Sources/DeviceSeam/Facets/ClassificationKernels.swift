/// Pixels of each image whose probability reaches a threshold.
package struct ConfidentPixels {
    package let threshold: Float
    /// `[B]`, written.
    package let counts: IndexArray

    package init(threshold: Float, counts: IndexArray) {
        self.threshold = threshold
        self.counts = counts
    }
}

package protocol ClassificationKernels {
    /// Resizes scores `[B, h, w, C]` bilinearly (half-pixel centres) to the size of `labels`, `[B, H, W]`, and takes
    /// the largest of each pixel and its softmax probability, without holding the resized scores.
    func classify(
        _ scores: FloatArray, labels: ByteArray, confidence: FloatArray?, confident: ConfidentPixels?)
    /// Cuts maps of labels `[B, H, W]` in `0...255` into the equal cells of `mask`, `[B, rows, columns]`: 1 where the
    /// most frequent label of a cell (the lowest among equals) has a value other than 0 in `counting`, `[256]`, and at
    /// least `least` pixels, else 0.
    func maskCells(_ labels: IndexArray, counting: IndexArray, least: Float, into mask: FloatArray)
}
