internal import CPixelKernels

/// `(rgb - mean) / deviation` on the 0...255 scale.
public struct Normalization: Sendable, Equatable {
    public let mean: SIMD3<Float>
    public let deviation: SIMD3<Float>

    public init(mean: SIMD3<Float>, deviation: SIMD3<Float>) {
        self.mean = mean
        self.deviation = deviation
    }

    /// Statistics of ImageNet, on which the encoders were pretrained.
    public static let imageNet = Normalization(
        mean: SIMD3(123.675, 116.28, 103.53), deviation: SIMD3(58.395, 57.12, 57.375))

    /// Normalises `[H, W, 3]` bytes into `output`.
    ///
    /// - Precondition: both have as many values.
    package func normalize(_ image: RGBImage, into output: UnsafeMutableBufferPointer<Float>) {
        precondition(
            image.channels == 3 && output.count == image.pixels.count,
            "Normalization: \(image.height)x\(image.width)x\(image.channels) does not fill \(output.count) values")
        cpix_normalize_bytes(
            image.pixels, image.pixels.count / 3, mean.values, deviation.values, output.baseAddress)
    }

    /// Normalises `[H, W, 3]` colours in `0...1` into `output`.
    ///
    /// - Precondition: both have as many values.
    package func normalize(_ image: FloatImage, into output: UnsafeMutableBufferPointer<Float>) {
        precondition(
            image.channels == 3 && output.count == image.pixels.count,
            "Normalization: \(image.height)x\(image.width)x\(image.channels) does not fill \(output.count) values")
        cpix_normalize_colors(
            image.pixels, image.pixels.count / 3, (255 / deviation).values, (mean / deviation).values,
            output.baseAddress)
    }

    /// Images of one size as one normalised batch, `[B, H, W, 3]`.
    public func batch(_ images: [RGBImage]) -> [Float] {
        batch(images) { image, output in normalize(image, into: output) }
    }

    /// A batch whose images `write` fills one by one.
    package func batch<Image>(
        _ images: [PixelImage<Image>], _ write: (PixelImage<Image>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> [Float] {
        let length = images.first?.pixels.count ?? 0
        precondition(
            images.allSatisfy { $0.height == images[0].height && $0.width == images[0].width && $0.channels == 3 },
            "Normalization: images of a batch differ in size")
        return [Float](unsafeUninitializedCapacity: images.count * length) { buffer, initialized in
            for (index, image) in images.enumerated() {
                write(image, UnsafeMutableBufferPointer(rebasing: buffer[index * length..<(index + 1) * length]))
            }
            initialized = images.count * length
        }
    }
}

extension PixelImage where Scalar == Float {
    /// Bytes as colours in `0...1`.
    package init(colors image: RGBImage) {
        let pixels = [Float](unsafeUninitializedCapacity: image.pixels.count) { output, initialized in
            cpix_colors(image.pixels, image.pixels.count, output.baseAddress)
            initialized = image.pixels.count
        }
        self.init(height: image.height, width: image.width, channels: image.channels, pixels: pixels)
    }
}

extension SIMD3<Float> {
    fileprivate var values: [Float] { [x, y, z] }
}
