public import ImageIO
public import Randomness

/// Colours changed as single-shot detectors are trained (SSD, arXiv:1512.02325; detectron2 `ColorAugSSDTransform`): on
/// bytes, each change cut off to a byte before the next.
///
/// Brightness first; then a fair coin says whether contrast comes before or after saturation and hue. Each of the four
/// is done with probability 1/2.
public struct SSDColorJitter: Sendable, Equatable {
    /// Level of 255 that is added, -32 to 32; nil for none, and so below.
    public var brightness: Float?
    /// Factor of all channels, 0.5 to 1.5.
    public var contrast: Float?
    /// Factor of the saturation (HSV), 0.5 to 1.5.
    public var saturation: Float?
    /// Added to a hue of 0 to 179, -18 to 18.
    public var hue: Int?
    /// Whether contrast comes before saturation and hue.
    public var contrastIsFirst: Bool

    public init(
        brightness: Float? = nil, contrast: Float? = nil, saturation: Float? = nil, hue: Int? = nil,
        contrastIsFirst: Bool = true
    ) {
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
        self.contrastIsFirst = contrastIsFirst
    }

    /// Draws all of it, in nine draws whatever comes out.
    public init(using random: inout RandomStream) {
        func coin() -> Bool { random.integer(below: 2) == 1 }
        func value(_ range: ClosedRange<Float>) -> Float? {
            let isDone = coin()
            let value = random.uniform(in: range)
            return isDone ? value : nil
        }
        brightness = value(-32...32)
        contrastIsFirst = coin()
        contrast = value(0.5...1.5)
        saturation = value(0.5...1.5)
        let turns = coin()
        let turn = random.integer(below: 37) - 18
        hue = turns ? turn : nil
    }

    /// - Precondition: three channels.
    public func apply(to image: inout RGBImage) {
        if let brightness { image.mapBytes(Self.table(factor: 1, offset: brightness)) }
        if contrastIsFirst { applyContrast(to: &image) }
        if let saturation { image.changeHSV(saturations: Self.table(factor: saturation, offset: 0), turn: 0) }
        if let hue { image.changeHSV(saturations: (0...255).map { $0 }, turn: hue) }
        if !contrastIsFirst { applyContrast(to: &image) }
    }

    private func applyContrast(to image: inout RGBImage) {
        if let contrast { image.mapBytes(Self.table(factor: contrast, offset: 0)) }
    }

    /// `x * factor + offset` cut off to `0...255` and to whole numbers, of all bytes.
    private static func table(factor: Float, offset: Float) -> [UInt8] {
        (0...255).map { UInt8(min(255, max(0, Float($0) * factor + offset))) }
    }
}
