internal import CPixelKernels
public import ImageIO

/// Gives an image the colours of another: mean and standard deviation of each channel of CIELAB (Reinhard et al. 2001,
/// as UDA4Inst uses it on source crops; conversions are those of kornia).
///
/// `s' = (s - mean_s) / (deviation_s + 1e-8) * (deviation_t + 1e-8) + mean_t` for L, a and b over all pixels, with
/// unbiased deviations; back to sRGB, limited to `0...1`, and cut to whole numbers of 0...255, not rounded. So an image
/// that takes on its own colours may become darker by 1.
public struct ColorTransfer: Sendable, Equatable {
    /// Mean and deviation of L, a and b over the pixels of an image.
    public struct Statistics: Sendable, Equatable {
        public let mean: SIMD3<Double>
        /// Of a sample: divided by the number of pixels less one; 0 for a single pixel.
        public let deviation: SIMD3<Double>
    }

    /// Of the image whose colours are taken.
    public let statistics: Statistics

    /// - Parameter target: an RGB image of at least one pixel.
    public init(to target: RGBImage) { statistics = Self.statistics(of: target) }

    /// - Precondition: three channels, at least one pixel.
    public static func statistics(of image: RGBImage) -> Statistics {
        precondition(
            image.channels == 3 && !image.pixels.isEmpty,
            "ColorTransfer: an image of \(image.height)x\(image.width) with \(image.channels) channels")
        var found = cpix_lab_statistics()
        cpix_measure_lab(image.pixels, image.height * image.width, 0, &found)
        return Statistics(
            mean: SIMD3(found.mean.0, found.mean.1, found.mean.2),
            deviation: SIMD3(found.deviation.0, found.deviation.1, found.deviation.2))
    }

    /// Changes the colours of an image, in place.
    ///
    /// - Precondition: three channels, at least one pixel.
    public func apply(to image: inout RGBImage) {
        let own = Self.statistics(of: image)
        let negligible = SIMD3<Double>(repeating: 1e-8)
        let scale = (statistics.deviation + negligible) / (own.deviation + negligible)
        var change = cpix_lab_change(
            mean: (own.mean.x, own.mean.y, own.mean.z), scale: (scale.x, scale.y, scale.z),
            target: (statistics.mean.x, statistics.mean.y, statistics.mean.z))
        let count = image.height * image.width
        image.pixels.withUnsafeMutableBufferPointer { cpix_change_lab($0.baseAddress, count, 0, &change) }
    }

    /// L in `0...100`, a and b of every pixel, `[H, W, 3]`.
    ///
    /// - Precondition: three channels, at least one pixel.
    public static func lab(_ image: RGBImage) -> FloatImage {
        precondition(
            image.channels == 3 && !image.pixels.isEmpty,
            "ColorTransfer: an image of \(image.height)x\(image.width) with \(image.channels) channels")
        let pixels = [Float](unsafeUninitializedCapacity: image.pixels.count) { output, initialized in
            cpix_lab(image.pixels, image.height * image.width, 0, output.baseAddress)
            initialized = image.pixels.count
        }
        return FloatImage(height: image.height, width: image.width, channels: 3, pixels: pixels)
    }
}
