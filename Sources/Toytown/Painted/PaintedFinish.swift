internal import Glibc
internal import ImageIO
internal import Randomness

/// The lens, sensor and file of one painted picture: a `PhotoFinish` and what a camera of any make adds to it.
struct PaintedFinish {
    let falling: Weather.Falling
    /// What the mean brightness is brought to, as a camera sets its exposure.
    let brightness: Float
    /// Exponent of brightness.
    let gamma: Float
    let contrast: Float
    /// 1 is as painted.
    let saturation: Float
    let photo: PhotoFinish
    /// Without it the picture keeps its clean edges, as renderers draw them.
    let isCompressed: Bool

    static func drawn(weather: Weather, using random: inout RandomStream) -> PaintedFinish {
        func gain() -> Float { expf(random.uniform(in: -0.3...0.3) * PaintedLook.hueFreedom) }
        let isSharp = random.uniform() < 0.3
        let noise = random.uniform() < 0.3 ? 0 : random.uniform()
        return PaintedFinish(
            falling: weather.falling,
            brightness: weather.isNight ? random.uniform(in: 0.08...0.25) : random.uniform(in: 0.22...0.6),
            gamma: expf(random.uniform(in: -0.25...0.25)),
            contrast: random.uniform(in: 0.7...1.3),
            saturation: random.uniform(in: 0.9...1.1),
            photo: PhotoFinish(
                blurPixels: isSharp ? 0 : random.uniform(in: 0.2...0.8), vignette: random.uniform(in: 0...0.5),
                gain: SIMD3(gain(), gain(), gain()), noiseFloor: 0.02 * noise * noise,
                noiseSlope: 0.05 * noise * noise, bloom: weather.isNight ? random.uniform(in: 0.2...0.7) : 0,
                quality: 45 + random.integer(below: 51)),
            isCompressed: random.uniform() < 0.7)
    }

    func applied(to picture: FloatImage, using random: inout RandomStream) -> RGBImage {
        var picture = picture
        tone(&picture.pixels)
        Precipitation(falling: falling).add(to: &picture, using: &random)
        let image = photo.applied(to: picture, using: &random)
        return isCompressed ? photo.compressed(image) : image
    }

    private func tone(_ pixels: inout [Float]) {
        // Powers are slow: one table of them serves all pixels.
        let steps = 1024
        let curve = (0...steps).map { index in
            let value = powf(Float(index) / Float(steps) * 1.5, gamma)
            return brightness + (value - brightness) * contrast
        }
        let mean = pixels.reduce(0, +) / Float(pixels.count)
        let exposure = brightness / max(mean, 0.01)
        for index in stride(from: 0, to: pixels.count, by: 3) {
            let color = SIMD3(pixels[index], pixels[index + 1], pixels[index + 2]) * exposure
            let grey = dot(color, SIMD3(0.299, 0.587, 0.114))
            let mixed = mix(SIMD3(repeating: grey), color, saturation)
            for channel in 0..<3 {
                let position = clamped(mixed[channel] / 1.5) * Float(steps)
                pixels[index + channel] = max(0, curve[Int(position)])
            }
        }
    }
}

/// Rain drawn as streaks and snow drawn as flakes in front of the lens.
struct Precipitation {
    let falling: Weather.Falling

    func add(to picture: inout FloatImage, using random: inout RandomStream) {
        let scale = Float(picture.width) / 512
        switch falling {
        case .nothing: return
        case .rain:
            let slope = random.uniform(in: -0.4...0.4)
            for _ in 0..<(60 + random.integer(below: 240)) {
                let length = Int(random.uniform(in: 6...26) * scale) + 1
                streak(&picture, length: length, slope: slope, opacity: random.uniform(in: 0.08...0.4), using: &random)
            }
        case .snow:
            for _ in 0..<(80 + random.integer(below: 400)) {
                flake(&picture, radius: random.uniform(in: 0.5...2.2) * scale, using: &random)
            }
        }
    }

    private func streak(
        _ picture: inout FloatImage, length: Int, slope: Float, opacity: Float, using random: inout RandomStream
    ) {
        let start = (x: random.uniform() * Float(picture.width), y: random.integer(below: picture.height))
        for step in 0..<length {
            blend(&picture, x: Int(start.x + slope * Float(step)), y: start.y + step, opacity)
        }
    }

    private func flake(_ picture: inout FloatImage, radius: Float, using random: inout RandomStream) {
        let (x, y) = (random.integer(below: picture.width), random.integer(below: picture.height))
        let reach = Int(radius.rounded(.up))
        let opacity = random.uniform(in: 0.3...0.9)
        for dy in -reach...reach {
            for dx in -reach...reach {
                let distance = Float(dx * dx + dy * dy).squareRoot()
                blend(&picture, x: x + dx, y: y + dy, opacity * clamped(radius - distance + 0.5))
            }
        }
    }

    private func blend(_ picture: inout FloatImage, x: Int, y: Int, _ opacity: Float) {
        guard x >= 0, x < picture.width, y >= 0, y < picture.height, opacity > 0 else { return }
        let index = (y * picture.width + x) * 3
        for channel in 0..<3 { picture.pixels[index + channel] += (0.85 - picture.pixels[index + channel]) * opacity }
    }
}
