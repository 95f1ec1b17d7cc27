extension PixelImage where Scalar == UInt8 {
    /// Each label in its class's colour.
    ///
    /// - Parameters:
    ///   - palette: red, green, blue of the labels from 0.
    ///   - outside: colour of labels without an entry, such as the ignore label.
    /// - Precondition: one channel.
    public func colored(palette: [SIMD3<UInt8>], outside: SIMD3<UInt8> = .zero) -> RGBImage {
        precondition(channels == 1, "colored: labels have one channel, got \(channels)")
        let table = (0..<256).map { $0 < palette.count ? palette[$0] : outside }
        let count = pixels.count * 3
        let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for (index, label) in pixels.enumerated() {
                let color = table[Int(label)]
                buffer.initializeElement(at: 3 &* index, to: color.x)
                buffer.initializeElement(at: 3 &* index &+ 1, to: color.y)
                buffer.initializeElement(at: 3 &* index &+ 2, to: color.z)
            }
            initialized = count
        }
        return RGBImage(height: height, width: width, channels: 3, pixels: result)
    }

    /// The labels' colours laid over a picture; where a label has no colour the picture stays as it is.
    ///
    /// - Parameters:
    ///   - image: of the labels' height and width.
    ///   - palette: red, green, blue of the labels from 0.
    ///   - alpha: share of the colour, from 0 (the picture alone) to 1.
    /// - Precondition: one channel here, three there, and the same size.
    public func overlaid(on image: RGBImage, palette: [SIMD3<UInt8>], alpha: Float = 0.5) -> RGBImage {
        precondition(channels == 1, "overlaid: labels have one channel, got \(channels)")
        precondition(
            image.height == height && image.width == width && image.channels == 3,
            "overlaid: labels are \(height)x\(width), the image \(image.height)x\(image.width)x\(image.channels)")
        precondition((0...1).contains(alpha), "overlaid: alpha must be in 0...1, got \(alpha)")
        var result = image
        result.pixels.withUnsafeMutableBufferPointer { values in
            for (index, label) in pixels.enumerated() where Int(label) < palette.count {
                let color = palette[Int(label)]
                for c in 0..<3 {
                    let old = Float(values[3 &* index &+ c])
                    values[3 &* index &+ c] = UInt8(old + alpha * (Float(color[c]) - old) + 0.5)
                }
            }
        }
        return result
    }
}
