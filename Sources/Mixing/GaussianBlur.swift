public import ImageIO
public import Randomness

internal import Glibc

/// Gaussian blur with reflected edges, as the strong augmentation of DACS and DAFormer uses it.
///
/// The reference takes a kernel of a tenth of the image side; taps beyond 8 pixels weigh below 1e-10 at the largest
/// sigma of 1.15 and are left out.
public struct GaussianBlur: Sendable, Equatable {
    /// Standard deviation in pixels.
    public var sigma: Float

    public init(sigma: Float) { self.sigma = sigma }

    /// Draws sigma from `0.15...1.15`.
    public init(using random: inout RandomStream) { sigma = random.uniform(in: 0.15...1.15) }

    /// Taps on each side for an image side of `length` pixels: the reference's kernel size
    /// `floor(ceil(length / 10) - 0.5 + ceil(length / 10) % 2)`, cut to 17.
    static func radius(length: Int) -> Int {
        let tenth = (length + 9) / 10
        let size = tenth % 2 == 0 ? tenth - 1 : tenth
        return min(8, max(0, (size - 1) / 2))
    }

    /// The taps of one axis, which sum to 1.
    func taps(radius: Int) -> [Float] {
        let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * Double(sigma) * Double(sigma))) }
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }

    /// Blurs an image in place, rows and columns one after the other.
    public func apply(to image: inout FloatImage) {
        guard image.height > 0, image.width > 0 else { return }
        blurColumns(&image)
        blurRows(&image)
    }

    private func blurColumns(_ image: inout FloatImage) {
        let radius = min(Self.radius(length: image.height), image.height - 1)
        let taps = taps(radius: radius)
        let length = image.width * image.channels
        let source = image.pixels
        source.withUnsafeBufferPointer { input in
            image.pixels.withUnsafeMutableBufferPointer { output in
                for y in 0..<image.height {
                    let row = y * length
                    for i in 0..<length { output[row &+ i] = 0 }
                    for (tap, weight) in taps.enumerated() {
                        let from = Self.reflected(y + tap - radius, image.height) * length
                        for i in 0..<length { output[row &+ i] += weight * input[from &+ i] }
                    }
                }
            }
        }
    }

    private func blurRows(_ image: inout FloatImage) {
        let radius = min(Self.radius(length: image.width), image.width - 1)
        let taps = taps(radius: radius)
        let (width, channels) = (image.width, image.channels)
        let length = width * channels
        var padded = [Float](repeating: 0, count: length + 2 * radius * channels)
        image.pixels.withUnsafeMutableBufferPointer { pixels in
            padded.withUnsafeMutableBufferPointer { padded in
                for y in 0..<image.height {
                    let row = y * length
                    for x in -radius..<width + radius {
                        let from = row + Self.reflected(x, width) * channels
                        for c in 0..<channels { padded[(x &+ radius) &* channels &+ c] = pixels[from &+ c] }
                    }
                    for i in 0..<length { pixels[row &+ i] = 0 }
                    for (tap, weight) in taps.enumerated() {
                        let from = tap * channels
                        for i in 0..<length { pixels[row &+ i] += weight * padded[from &+ i] }
                    }
                }
            }
        }
    }

    /// Mirrors a position at the edges without repeating them: -1 is 1.
    private static func reflected(_ position: Int, _ length: Int) -> Int {
        let mirrored = abs(position)
        return mirrored < length ? mirrored : 2 * (length - 1) - mirrored
    }
}
