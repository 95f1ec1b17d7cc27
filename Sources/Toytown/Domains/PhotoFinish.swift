internal import Datasets
internal import Glibc
internal import ImageIO
internal import Randomness

/// What a lens and a sensor make of a picture.
struct PhotoFinish {
    /// Deviation of the lens blur, pixels.
    var blurPixels: Float
    /// Darkening of the corners, `0...1`.
    var vignette: Float
    /// Gain of red, green, blue.
    var gain: SIMD3<Float>
    /// Sensor noise in the dark and its growth with the square root of light.
    var noiseFloor: Float
    var noiseSlope: Float
    /// Light that spills from what is brighter than the sensor can hold, `0...1`.
    var bloom: Float
    /// JPEG quality, `1...100`.
    var quality: Int

    /// What the camera of one picture does; `night` is noisier.
    static func sampled(
        for domain: ToytownDomain, gap: DomainGap, width: Int, using random: inout RandomStream
    ) -> PhotoFinish {
        // Street cameras err towards warm more than towards cold.
        let warmth = random.uniform(in: -0.5...1) * gap.whiteBalance
        let green = random.uniform(in: -0.5...0.5) * gap.whiteBalance
        let isNight = domain == .night
        return PhotoFinish(
            blurPixels: random.uniform(in: 0.35...0.75) * Float(width) / 512,
            vignette: random.uniform(in: 0.1...0.35),
            gain: SIMD3(expf(0.24 * warmth), expf(0.09 * green), expf(-0.28 * warmth)),
            noiseFloor: random.uniform(in: 0.004...0.01) * (isNight ? 2 : 1),
            noiseSlope: random.uniform(in: 0.008...0.025) * (isNight ? 1.8 : 1),
            bloom: isNight ? 0.5 : 0,
            quality: 80 + random.integer(below: 16))
    }

    /// Blur, gain, vignette and noise, then eight bits.
    func applied(to picture: FloatImage, using random: inout RandomStream) -> RGBImage {
        var pixels = picture.pixels
        blur(&pixels, height: picture.height, width: picture.width)
        if bloom > 0 { Bloom(strength: bloom).add(to: &pixels, height: picture.height, width: picture.width) }
        return exposed(pixels, height: picture.height, width: picture.width, using: &random)
    }

    /// The picture after JPEG at `quality`.
    func compressed(_ image: RGBImage) -> RGBImage {
        do throws(ImageError) {
            let bytes = try ImageCodec.encodeJPEG(image, quality: quality)
            return try ImageCodec.decodeRGB(bytes, name: "a Toytown picture")
        } catch {
            preconditionFailure("PhotoFinish: a picture in memory cannot go through JPEG: \(error)")
        }
    }

    /// A three-tap binomial-like kernel of the wanted variance, along rows and columns; borders are repeated.
    private func blur(_ pixels: inout [Float], height: Int, width: Int) {
        let side = min(0.33, blurPixels * blurPixels / 2)
        let middle = 1 - 2 * side
        var rows = pixels
        rows.withUnsafeMutableBufferPointer { rows in
            pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<height {
                    let start = y &* width &* 3
                    let end = start &+ width &* 3
                    for index in (start &+ 3)..<max(start &+ 3, end &- 3) {
                        rows[index] = middle * pixels[index] + side * (pixels[index &- 3] + pixels[index &+ 3])
                    }
                }
            }
        }
        let stride = width * 3
        pixels.withUnsafeMutableBufferPointer { pixels in
            rows.withUnsafeBufferPointer { rows in
                for y in 0..<height {
                    let above = y > 0 ? stride : 0
                    let below = y < height &- 1 ? stride : 0
                    for index in (y &* stride)..<((y &+ 1) &* stride) {
                        pixels[index] = middle * rows[index] + side * (rows[index &- above] + rows[index &+ below])
                    }
                }
            }
        }
    }

    private func exposed(
        _ pixels: [Float], height: Int, width: Int, using random: inout RandomStream
    ) -> RGBImage {
        var result = RGBImage(height: height, width: width, channels: 3, filledWith: 0)
        let gaussian = NoiseTable.shared.gaussian
        let mask = gaussian.count - 1
        result.pixels.withUnsafeMutableBufferPointer { result in
            pixels.withUnsafeBufferPointer { pixels in
                gaussian.withUnsafeBufferPointer { gaussian in
                    for y in 0..<height {
                        let dy = (Float(y) + 0.5) / Float(height) * 2 - 1
                        let shift = random.integer(below: gaussian.count)
                        for x in 0..<width {
                            let dx = (Float(x) + 0.5) / Float(width) * 2 - 1
                            let fall = 1 - vignette * (dx * dx + dy * dy) * 0.5
                            let index = (y &* width &+ x) &* 3
                            for channel in 0..<3 {
                                let value = max(0, pixels[index &+ channel] * gain[channel] * fall)
                                let noise =
                                    (noiseFloor + noiseSlope * value.squareRoot())
                                    * gaussian[(shift &+ x &* 3 &+ channel) & mask]
                                result[index &+ channel] = UInt8(clamped(value + noise) * 255 + 0.5)
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
