/// A window that slides over a batch of maps, with the sizes of the maps it reads and makes.
package struct SlidingWindow: Sendable, Hashable {
    /// One axis of the window, in pixels.
    package struct Axis: Sendable, Hashable {
        package let inputSize: Int
        package let kernel: Int
        package let stride: Int
        /// Zeros before the first and after the last pixel.
        package let padding: Int
        /// Distance of neighbouring taps.
        package let dilation: Int

        package init(inputSize: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) {
            self.inputSize = inputSize
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.dilation = dilation
        }

        /// Pixels from the first to the last tap.
        package var reach: Int { dilation * (kernel - 1) }

        /// `floor((input + 2 padding - dilation (kernel - 1) - 1) / stride) + 1`
        package var outputSize: Int { (inputSize + 2 * padding - reach - 1) / stride + 1 }
    }

    package let batch: Int
    package let vertical: Axis
    package let horizontal: Axis

    /// Number of taps.
    package var taps: Int { vertical.kernel * horizontal.kernel }

    package init(batch: Int, vertical: Axis, horizontal: Axis) {
        self.batch = batch
        self.vertical = vertical
        self.horizontal = horizontal
    }

    /// - Parameters:
    ///   - shape: `[B, H, W, C]`, the maps that are read.
    ///   - kernel: height and width in taps.
    ///   - operation: named in the messages.
    /// - Precondition: the window fits at least once; strides and dilation are at least 1, padding at least 0.
    package init(
        over shape: [Int], kernel: (height: Int, width: Int), stride: Int, padding: Int, dilation: Int = 1,
        for operation: String
    ) {
        precondition(shape.count == 4, "\(operation): input must be [B, H, W, C], got \(shape)")
        precondition(
            kernel.height >= 1 && kernel.width >= 1 && stride >= 1 && padding >= 0 && dilation >= 1,
            "\(operation): kernel, stride and dilation must be at least 1 and padding at least 0, got "
                + "kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation)")
        batch = shape[0]
        vertical = Axis(
            inputSize: shape[1], kernel: kernel.height, stride: stride, padding: padding, dilation: dilation)
        horizontal = Axis(
            inputSize: shape[2], kernel: kernel.width, stride: stride, padding: padding, dilation: dilation)
        precondition(
            vertical.inputSize + 2 * padding > vertical.reach && horizontal.inputSize + 2 * padding > horizontal.reach,
            "\(operation): a window of \(kernel) with dilation \(dilation) does not fit maps of \(shape) "
                + "with padding \(padding)")
    }
}
