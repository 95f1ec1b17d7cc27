/// How a map is read between its pixels.
public enum ResizeMode: Sendable, Hashable {
    /// Weighted mean of the four nearest pixels. With `alignCorners` the centres of the corner pixels of both maps
    /// coincide, otherwise their outer edges do.
    case bilinear(alignCorners: Bool)
    /// The pixel at `floor(position * inputSize / outputSize)`.
    case nearest
}

/// Resizing of `[B, H, W, C]`; the sizes are those of the tensors.
package protocol ResizeKernels {
    func resize(_ input: FloatArray, mode: ResizeMode, into output: FloatArray)
    func resizeGradient(_ upstream: FloatArray, mode: ResizeMode, into gradient: FloatArray)
}
