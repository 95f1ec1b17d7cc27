public import ImageIO
public import Randomness

/// Brightness, contrast, saturation and hue changed at random, in random order (kornia 0.5.8 `ColorJitter`, whose
/// brightness adds and whose contrast multiplies without a mean).
public struct ColorJitter: Sendable, Equatable {
    public enum Operation: Int, Sendable, CaseIterable {
        /// Adds `brightness`, then limits to `0...1`.
        case brightness
        /// Multiplies by `contrast`, then limits to `0...1`.
        case contrast
        /// Multiplies the saturation (HSV) by `saturation`, limited to `0...1`.
        case saturation
        /// Turns the hue (HSV) by `hue` of a full turn.
        case hue
    }

    /// The operations in the order in which they are applied.
    public var order: [Operation]
    public var brightness: Float
    public var contrast: Float
    public var saturation: Float
    public var hue: Float

    public init(order: [Operation], brightness: Float, contrast: Float, saturation: Float, hue: Float) {
        self.order = order
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
    }

    /// Draws an order and four factors.
    ///
    /// - Parameter strength: brightness and hue are drawn from `-strength...strength`, contrast and saturation from
    ///   `1 - strength...1 + strength`.
    public init(strength: Float, using random: inout RandomStream) {
        order = random.permutation(of: 4).compactMap(Operation.init(rawValue:))
        brightness = random.uniform(in: -strength...strength)
        contrast = random.uniform(in: 1 - strength...1 + strength)
        saturation = random.uniform(in: 1 - strength...1 + strength)
        hue = random.uniform(in: -strength...strength)
    }

    /// Changes the colours of an image with values in `0...1`, in place.
    ///
    /// - Precondition: three channels.
    public func apply(to image: inout FloatImage) {
        precondition(image.channels == 3, "ColorJitter: needs 3 channels, got \(image.channels)")
        for operation in order {
            image.pixels.withUnsafeMutableBufferPointer { pixels in
                switch operation {
                case .brightness:
                    for i in pixels.indices { pixels[i] = min(max(pixels[i] + brightness, 0), 1) }
                case .contrast:
                    for i in pixels.indices { pixels[i] = min(max(pixels[i] * contrast, 0), 1) }
                case .saturation: Self.changeHSV(pixels, saturation: saturation, hue: 0)
                case .hue: Self.changeHSV(pixels, saturation: 1, hue: hue)
                }
            }
        }
    }

    private static func changeHSV(_ pixels: UnsafeMutableBufferPointer<Float>, saturation: Float, hue: Float) {
        for start in stride(from: 0, to: pixels.count - 2, by: 3) {
            var color = HSV(red: pixels[start], green: pixels[start &+ 1], blue: pixels[start &+ 2])
            color.saturation = min(max(color.saturation * saturation, 0), 1)
            color.hue += hue
            let rgb = color.rgb
            pixels[start] = rgb.x
            pixels[start &+ 1] = rgb.y
            pixels[start &+ 2] = rgb.z
        }
    }
}

/// Hue in turns, saturation and value in `0...1`.
struct HSV {
    var hue: Float
    var saturation: Float
    var value: Float

    @inline(__always)
    init(red: Float, green: Float, blue: Float) {
        let largest = max(red, max(green, blue))
        let range = largest - min(red, min(green, blue))
        value = largest
        saturation = range / (largest + 1e-6)
        let scale = range == 0 ? 0 : 1 / range
        let sixths: Float =
            largest == red ? (green - blue) * scale
            : largest == green ? (blue - red) * scale + 2 : (red - green) * scale + 4
        hue = sixths / 6
    }

    /// Red, green, blue; the hue is taken modulo one turn.
    @inline(__always)
    var rgb: SIMD3<Float> {
        let sixths = (hue - hue.rounded(.down)) * 6
        let offsets = SIMD3<Float>(5, 3, 1) + sixths
        let k = offsets - SIMD3<Float>(repeating: 6) * (offsets / 6).rounded(.down)
        let lobe = pointwiseMax(
            SIMD3(repeating: 0), pointwiseMin(pointwiseMin(k, SIMD3(repeating: 4) - k), SIMD3(repeating: 1)))
        return SIMD3(repeating: value) - lobe * (value * saturation)
    }
}
