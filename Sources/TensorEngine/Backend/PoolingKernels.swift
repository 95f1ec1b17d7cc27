/// The pixels each output of an average pooling reads.
package struct AveragingWindows: Sendable, Hashable {
    /// One range for each output row; neither end ever decreases.
    package let rows: [Range<Int>]
    package let columns: [Range<Int>]
    /// What sums are divided by; `nil` for the number of pixels in the window.
    package let divisor: Float?
}

/// Pooling over `[B, H, W, C]`, each channel on its own.
package protocol PoolingKernels {
    /// Maximum over each window. `winners` receives which tap won, two bytes for each element of `output`, in a form only
    /// the same backend reads.
    func maxPool(_ input: Tensor, window: SlidingWindow, into output: Tensor, winners: DeviceMemory)
    func maxPoolGradient(_ upstream: Tensor, winners: DeviceMemory, window: SlidingWindow, into gradient: Tensor)

    func averagePool(_ input: Tensor, windows: AveragingWindows, into output: Tensor)
    func averagePoolGradient(_ upstream: Tensor, windows: AveragingWindows, into gradient: Tensor)
}
