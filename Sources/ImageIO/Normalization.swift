/// `(rgb - mean) / deviation` on the 0...255 scale.
public struct Normalization: Sendable, Equatable {
    public let mean: SIMD3<Float>
    public let deviation: SIMD3<Float>
    /// The result by channel and byte value.
    private let table: [Float]

    public init(mean: SIMD3<Float>, deviation: SIMD3<Float>) {
        self.mean = mean
        self.deviation = deviation
        table = (0..<3).flatMap { channel in
            (0..<256).map { (Float($0) - mean[channel]) / deviation[channel] }
        }
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
        table.withUnsafeBufferPointer { table in
            image.pixels.withUnsafeBufferPointer { pixels in
                for start in stride(from: 0, to: pixels.count, by: 3) {
                    output[start] = table[Int(pixels[start])]
                    output[start &+ 1] = table[256 &+ Int(pixels[start &+ 1])]
                    output[start &+ 2] = table[512 &+ Int(pixels[start &+ 2])]
                }
            }
        }
    }

    /// Normalises `[H, W, 3]` colours in `0...1` into `output`.
    ///
    /// - Precondition: both have as many values.
    package func normalize(_ image: FloatImage, into output: UnsafeMutableBufferPointer<Float>) {
        precondition(
            image.channels == 3 && output.count == image.pixels.count,
            "Normalization: \(image.height)x\(image.width)x\(image.channels) does not fill \(output.count) values")
        let scale = 255 / deviation
        let offset = mean / deviation
        image.pixels.withUnsafeBufferPointer { pixels in
            for start in stride(from: 0, to: pixels.count, by: 3) {
                output[start] = pixels[start] * scale.x - offset.x
                output[start &+ 1] = pixels[start &+ 1] * scale.y - offset.y
                output[start &+ 2] = pixels[start &+ 2] * scale.z - offset.z
            }
        }
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
        let table = (0..<256).map { Float($0) / 255 }
        let pixels = [Float](unsafeUninitializedCapacity: image.pixels.count) { output, initialized in
            table.withUnsafeBufferPointer { table in
                image.pixels.withUnsafeBufferPointer { pixels in
                    for index in 0..<pixels.count { output[index] = table[Int(pixels[index])] }
                }
            }
            initialized = image.pixels.count
        }
        self.init(height: image.height, width: image.width, channels: image.channels, pixels: pixels)
    }
}
