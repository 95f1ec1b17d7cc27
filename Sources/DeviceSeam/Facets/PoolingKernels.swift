/// The pixels each output of an average pooling reads.
package struct AveragingWindows: Sendable, Hashable {
    /// One range for each output row; neither end ever decreases.
    package let rows: [Range<Int>]
    package let columns: [Range<Int>]
    /// What sums are divided by; `nil` for the number of pixels in the window.
    package let divisor: Float?

    package init(rows: [Range<Int>], columns: [Range<Int>], divisor: Float?) {
        self.rows = rows
        self.columns = columns
        self.divisor = divisor
    }
}

/// Pooling over `[B, H, W, C]`, each channel on its own.
package protocol PoolingKernels {
    /// Maximum over each window. `winners` receives which tap won, two bytes for each element of `output`, in a form
    /// that only the same backend reads.
    func maxPool(_ input: FloatArray, window: SlidingWindow, into output: FloatArray, winners: DeviceMemory)
    func maxPoolGradient(
        _ upstream: FloatArray, winners: DeviceMemory, window: SlidingWindow, into gradient: FloatArray)

    func averagePool(_ input: FloatArray, windows: AveragingWindows, into output: FloatArray)
    func averagePoolGradient(_ upstream: FloatArray, windows: AveragingWindows, into gradient: FloatArray)
}
