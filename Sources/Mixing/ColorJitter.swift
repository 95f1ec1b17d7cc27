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
    /// - Parameter strength: see `init(strength:order:using:)`.
    public init(strength: Float, using random: inout RandomStream) {
        let order = Self.drawOrder(using: &random)
        self.init(strength: strength, order: order, using: &random)
    }

    /// Draws four factors for a given order.
    ///
    /// - Parameter strength: brightness and hue are drawn from `-strength...strength`, contrast and saturation from
    ///   `1 - strength...1 + strength`.
    public init(strength: Float, order: [Operation], using random: inout RandomStream) {
        self.order = order
        brightness = random.uniform(in: -strength...strength)
        contrast = random.uniform(in: 1 - strength...1 + strength)
        saturation = random.uniform(in: 1 - strength...1 + strength)
        hue = random.uniform(in: -strength...strength)
    }

    /// Draws a permutation of the four operations.
    public static func drawOrder(using random: inout RandomStream) -> [Operation] {
        random.permutation(of: 4).compactMap(Operation.init(rawValue:))
    }

    /// Changes the colours of an image with values in `0...1`, in place.
    ///
    /// - Precondition: three channels.
    public func apply(to image: inout FloatImage) {
        precondition(image.channels == 3, "ColorJitter: needs 3 channels, got \(image.channels)")
        image.pixels.withUnsafeMutableBufferPointer { pixels in
            ColorTile.withScratch { tile in
                let length = ColorTile.capacity * 3
                for start in stride(from: 0, to: pixels.count, by: length) {
                    let part = UnsafeMutableBufferPointer(rebasing: pixels[start..<min(pixels.count, start + length)])
                    tile.load(part)
                    for operation in order { apply(operation, to: tile) }
                    tile.store(part)
                }
            }
        }
    }

    private func apply(_ operation: Operation, to tile: ColorTile) {
        switch operation {
        case .brightness: tile.scale(by: 1, adding: brightness)
        case .contrast: tile.scale(by: contrast, adding: 0)
        case .saturation: tile.scaleSaturation(by: saturation)
        case .hue: tile.turnHue(by: hue)
        }
    }
}
