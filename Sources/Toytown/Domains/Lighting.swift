/// The light of one picture, and how strongly surfaces show their texture.
struct Lighting {
    /// Towards the sun (or moon), length 1.
    var sunDirection = SIMD3<Float>(0.46, 0.76, -0.46)
    var sun = SIMD3<Float>(repeating: 0.52)
    /// From above and from below.
    var ambientAbove = SIMD3<Float>(repeating: 0.6)
    var ambientBelow = SIMD3<Float>(repeating: 0.5)
    var skyTop = SIMD3<Float>(0.36, 0.62, 0.95)
    var skyHorizon = SIMD3<Float>(0.72, 0.86, 0.98)
    var cloud = SIMD3<Float>(repeating: 0.97)
    /// Share of the sky that clouds cover, `0...1`.
    var cloudCover: Float = 0.35
    /// Width of cloud borders, in units of noise.
    var cloudSoftness: Float = 0.03
    var haze = SIMD3<Float>(0.8, 0.88, 0.95)
    /// For each metre.
    var hazeDensity: Float = 0
    /// How much of the sky haze covers, `0...1`.
    var skyHaze: Float = 0
    /// Contrast of textures, `0...1`.
    var texture: Float = 0
    /// Darkening of upright things towards the ground, `0...1`.
    var occlusion: Float = 0
    /// Share of the sky's light that a shadow takes too, `0...1`.
    var shadowDepth: Float = 0
    /// Strength of surfaces' own light.
    var emission: Float = 0.25
    /// Share of lit windows.
    var litWindows: Float = 0
    /// The driver's own lights.
    var headlights: Float = 0
    var lamps: [Lamp] = []
    /// What lies over the materials' own textures, by `Material.rawValue`; empty for nothing.
    var coats: [Coat] = []
    /// Window panes between a renderer's blue, 0, and a photograph's grey, 1; `nil` follows `texture`.
    var paneMix: Float?

    /// A street lamp or another small light.
    struct Lamp {
        let position: SIMD3<Float>
        let color: SIMD3<Float>
    }
}
