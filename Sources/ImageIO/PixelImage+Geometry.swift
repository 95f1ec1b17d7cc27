// Inlinable, so that other modules get a version for their kind of pixel, and made for bytes and ids here, which serves
// modules that are not optimised: the general one is 20 times slower.
extension PixelImage {
    /// The pixels of a rectangle.
    ///
    /// - Precondition: it lies inside.
    @inlinable
    @_specialize(where Scalar == UInt8)
    @_specialize(where Scalar == UInt16)
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

    /// At the top left of an image of this size, whose other pixels have `value` in all channels.
    ///
    /// - Precondition: it fits.
    @inlinable
    @_specialize(where Scalar == UInt8)
    @_specialize(where Scalar == UInt16)
    public func padded(height: Int, width: Int, with value: Scalar) -> PixelImage {
        precondition(
            height >= self.height && width >= self.width,
            "padded: \(self.height)x\(self.width) does not fit into \(height)x\(width)")
        if height == self.height && width == self.width { return self }
        var result = PixelImage(height: height, width: width, channels: channels, filledWith: value)
        for row in 0..<self.height {
            let (from, to) = (row * self.width * channels, row * width * channels)
            result.pixels.replaceSubrange(
                to..<to + self.width * channels, with: pixels[from..<from + self.width * channels])
        }
        return result
    }

    /// Mirrored left to right.
    @inlinable
    @_specialize(where Scalar == UInt8)
    @_specialize(where Scalar == UInt16)
    public func flippedHorizontally() -> PixelImage {
        if width == 0 { return self }
        var result = self
        result.pixels.withUnsafeMutableBufferPointer { into in
            pixels.withUnsafeBufferPointer { from in
                for row in stride(from: 0, to: from.count, by: width * channels) {
                    let last = row + (width - 1) * channels
                    // A loop of its own for each usual count of channels is many times faster.
                    switch channels {
                    case 1:
                        for x in 0..<width { into[row &+ x] = from[last &- x] }
                    case 3:
                        for x in stride(from: 0, to: 3 * width, by: 3) {
                            into[row &+ x] = from[last &- x]
                            into[row &+ x &+ 1] = from[last &- x &+ 1]
                            into[row &+ x &+ 2] = from[last &- x &+ 2]
                        }
                    default:
                        for x in stride(from: 0, to: width * channels, by: channels) {
                            for c in 0..<channels { into[row &+ x &+ c] = from[last &- x &+ c] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Resized by taking, for each pixel, one of the source, by default `floor(position * sourceSize / size)`: no
    /// half-pixel shift, as OpenCV's `INTER_NEAREST`. For labels and ids.
    ///
    /// - Precondition: neither size is empty.
    @inlinable
    @_specialize(where Scalar == UInt8)
    @_specialize(where Scalar == UInt16)
    public func resizedNearest(height: Int, width: Int, sampling: NearestSampling = .corner) -> PixelImage {
        precondition(
            height > 0 && width > 0 && self.height > 0 && self.width > 0,
            "resize: \(self.height)x\(self.width) to \(height)x\(width)")
        if height == self.height && width == self.width { return self }
        let columns = (0..<width).map { sampling.source(of: $0, old: self.width, new: width) * channels }
        let result = [Scalar](unsafeUninitializedCapacity: height * width * channels) { buffer, initialized in
            pixels.withUnsafeBufferPointer { source in
                columns.withUnsafeBufferPointer { columns in
                    for y in 0..<height {
                        let row = sampling.source(of: y, old: self.height, new: height) * self.width * channels
                        let out = y &* width &* channels
                        if channels == 1 {
                            for x in 0..<width { buffer[out &+ x] = source[row &+ columns[x]] }
                            continue
                        }
                        for x in 0..<width {
                            for c in 0..<channels { buffer[out &+ x &* channels &+ c] = source[row &+ columns[x] &+ c] }
                        }
                    }
                }
            }
            initialized = height * width * channels
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: result)
    }
}
