/// How far the photographic domains are from `render`, ingredient by ingredient.
///
/// 0 keeps what `render` does, 1 is the strongest setting. The defaults are the one place where the size of Toytown's
/// domain gap is decided. A trial found that the palette makes most of the gap, then white balance and light, texture
/// little; lens and sensor effects almost nothing, which is why they are not knobs.
public struct DomainGap: Sendable, Codable, Equatable {
    /// Shift of every material's colours from the renderer's to the photograph's, `0...1`.
    public var palette: Float
    /// Strength of the colour cast, per image, `0...1`.
    public var whiteBalance: Float
    /// Change of sun, sky, shadow and exposure, per image, `0...1`.
    public var light: Float
    /// Contrast of surface textures, `0...1`.
    public var texture: Float

    public init(palette: Float = 0.75, whiteBalance: Float = 0.8, light: Float = 0.8, texture: Float = 0.8) {
        self.palette = palette
        self.whiteBalance = whiteBalance
        self.light = light
        self.texture = texture
    }

    /// What `render` itself is painted with.
    static let none = DomainGap(palette: 0, whiteBalance: 0, light: 0, texture: 0)
}
