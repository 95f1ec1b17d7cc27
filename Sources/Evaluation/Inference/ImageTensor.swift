public import ImageIO
public import TensorEngine

/// From pixels to the network's input: `(value - mean) / deviation` on the scale 0...255, the statistics of ImageNet that
/// every published setting uses (red, green, blue).
public enum ImageTensor {
    public static let mean: [Float] = [123.675, 116.28, 103.53]
    public static let deviation: [Float] = [58.395, 57.12, 57.375]

    /// `[B, H, W, 3]` of images of one size; `[0, 0, 0, 3]` of none.
    ///
    /// - Precondition: equal sizes, three channels.
    public static func normalized(_ images: [RGBImage]) -> Tensor {
        let table = (0..<256).map { value in (0..<3).map { (Float(value) - mean[$0]) / deviation[$0] } }.flatMap { $0 }
        return tensor(images) { pixels, output in
            for start in stride(from: 0, to: pixels.count, by: 3) {
                output[start] = table[Int(pixels[start]) &* 3]
                output[start &+ 1] = table[Int(pixels[start &+ 1]) &* 3 &+ 1]
                output[start &+ 2] = table[Int(pixels[start &+ 2]) &* 3 &+ 2]
            }
        }
    }

    /// `[B, H, W, 3]` of images of one size with values in `0...1`; `[0, 0, 0, 3]` of none.
    ///
    /// - Precondition: equal sizes, three channels.
    public static func normalized(_ images: [FloatImage]) -> Tensor {
        let scale = deviation.map { 255 / $0 }
        let shift = zip(mean, deviation).map { -$0 / $1 }
        return tensor(images) { pixels, output in
            for start in stride(from: 0, to: pixels.count, by: 3) {
                for c in 0..<3 { output[start &+ c] = pixels[start &+ c] * scale[c] + shift[c] }
            }
        }
    }

    private static func tensor<Scalar>(
        _ images: [PixelImage<Scalar>],
        _ convert: (UnsafeBufferPointer<Scalar>, UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Tensor {
        guard let first = images.first else { return Tensor.zeros([0, 0, 0, 3]) }
        precondition(
            images.allSatisfy { $0.height == first.height && $0.width == first.width && $0.channels == 3 },
            "ImageTensor: the images of a batch must have one size and three channels")
        let tensor = Tensor.zeros([images.count, first.height, first.width, 3])
        tensor.withHostBuffer { buffer in
            for (index, image) in images.enumerated() {
                let part = index * image.pixels.count..<(index + 1) * image.pixels.count
                image.pixels.withUnsafeBufferPointer { pixels in
                    convert(pixels, UnsafeMutableBufferPointer(rebasing: buffer[part]))
                }
            }
        }
        return tensor
    }
}
