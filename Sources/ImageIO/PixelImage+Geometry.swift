extension PixelImage {
    /// The pixels of a rectangle.
    ///
    /// - Precondition: it lies inside.
    public func cropped(y: Int, x: Int, height: Int, width: Int) -> PixelImage {
        precondition(
            y >= 0 && x >= 0 && height >= 0 && width >= 0 && y + height <= self.height && x + width <= self.width,
            "crop: \(height)x\(width) at (\(y), \(x)) is outside of \(self.height)x\(self.width)")
        var result: [Scalar] = []
        result.reserveCapacity(height * width * channels)
        for row in y..<y + height {
            let start = (row * self.width + x) * channels
            result.append(contentsOf: pixels[start..<start + width * channels])
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }

    /// Mirrored left to right.
    public func flippedHorizontally() -> PixelImage {
        let result = [Scalar](unsafeUninitializedCapacity: pixels.count) { buffer, initialized in
            pixels.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    for x in 0..<width {
                        let from = (y &* width &+ x) &* channels
                        let to = (y &* width &+ (width &- 1 &- x)) &* channels
                        for c in 0..<channels { buffer.initializeElement(at: to &+ c, to: source[from &+ c]) }
                    }
                }
            }
            initialized = pixels.count
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }

    /// Resized by taking, for each pixel, the source pixel `floor(position * sourceSize / size)`: no half-pixel shift,
    /// as OpenCV's `INTER_NEAREST`. For labels and ids.
    ///
    /// - Precondition: neither size is empty.
    public func resizedNearest(height: Int, width: Int) -> PixelImage {
        precondition(
            height > 0 && width > 0 && self.height > 0 && self.width > 0,
            "resize: \(self.height)x\(self.width) to \(height)x\(width)")
        if height == self.height && width == self.width { return self }
        let columns = (0..<width).map { $0 * self.width / width * channels }
        let result = [Scalar](unsafeUninitializedCapacity: height * width * channels) { buffer, initialized in
            pixels.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    let row = y * self.height / height * self.width * channels
                    for x in 0..<width {
                        for c in 0..<channels {
                            buffer.initializeElement(
                                at: (y &* width &+ x) &* channels &+ c, to: source[row &+ columns[x] &+ c])
                        }
                    }
                }
            }
            initialized = height * width * channels
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }
}
