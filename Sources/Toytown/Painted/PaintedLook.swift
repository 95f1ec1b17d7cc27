internal import Glibc
internal import Randomness

/// Everything that one painted picture draws anew: palette, coats, light, weather and lens.
///
/// Hues are held back, of materials (`PaintedColors.freedom`) and of light (`hueFreedom`). Where both are free, a
/// network learns shapes alone, `camera` is no other domain to it, and nothing is left to adapt to.
struct PaintedLook {
    /// How far the hue of sun, sky and sensor varies, as a share of the largest that looks like light at all.
    static let hueFreedom: Float = 0.15

    let colors: PaintedColors
    let light: Lighting
    let finish: PaintedFinish

    static func drawn(for scene: ToytownScene) -> PaintedLook {
        var random = RandomStream(seed: scene.seed, "toytown-painted-look")
        let colors = PaintedColors.drawn(using: &random)
        let coats = Coat.drawn(using: &random)
        let weather = Weather.drawn(using: &random)
        var light = Lighting.painted(weather: weather, scene: scene, using: &random)
        light.coats = coats
        return PaintedLook(
            colors: colors, light: light, finish: PaintedFinish.drawn(weather: weather, using: &random))
    }
}

/// What hangs in the air, and whether it is night.
struct Weather {
    enum Falling { case nothing, rain, snow }

    var isNight: Bool
    /// For each metre.
    var hazeDensity: Float
    var falling: Falling

    static func drawn(using random: inout RandomStream) -> Weather {
        let isNight = random.uniform() < 0.06
        let air = random.uniform()
        let density = expf(random.uniform(in: -7.5 ... -5))
        let thick = expf(random.uniform(in: -4.6 ... -2.8))
        let falls = random.uniform()
        return Weather(
            isNight: isNight, hazeDensity: air < 0.5 ? 0 : air < 0.92 ? density : thick,
            falling: falls < 0.07 ? .rain : falls < 0.14 ? .snow : .nothing)
    }

    var isFog: Bool { hazeDensity > 0.009 }
}

extension Lighting {
    /// Any sun, any sky, any air.
    static func painted(weather: Weather, scene: ToytownScene, using random: inout RandomStream) -> Lighting {
        var light = Lighting()
        light.drawSun(using: &random)
        light.drawSky(using: &random)
        light.drawAir(weather, using: &random)
        light.texture = random.uniform(in: 0...1.2)
        light.paneMix = random.uniform(in: PaintedColors.freedom)
        light.occlusion = random.uniform()
        light.emission = random.uniform(in: 0.1...1)
        light.litWindows = random.uniform() < 0.3 ? random.uniform(in: 0...0.4) : 0
        if weather.isNight { light.darken(scene: scene, using: &random) }
        return light
    }

    private mutating func drawSun(using random: inout RandomStream) {
        let azimuth = random.uniform(in: 0...(2 * Float.pi))
        let elevation = random.uniform(in: 0.25...1.4)
        sunDirection = SIMD3(cosf(azimuth) * cosf(elevation), sinf(elevation), sinf(azimuth) * cosf(elevation))
        let exposure = expf(random.uniform(in: -0.55...0.4))
        let overcast = random.uniform() < 0.3 ? 1 : random.uniform()
        let fill = (0.35 + 0.5 * overcast) * exposure
        let hue = 0.3 * PaintedLook.hueFreedom
        sun = Self.tinted(hue, using: &random) * ((1 - overcast) * random.uniform(in: 0.5...1.2) * exposure)
        ambientAbove = Self.tinted(hue, using: &random) * fill
        ambientBelow = Self.tinted(hue, using: &random) * (fill * random.uniform(in: 0.4...0.95))
        shadowDepth = random.uniform(in: 0...0.3) * (1 - overcast)
    }

    private mutating func drawSky(using random: inout RandomStream) {
        let freedom = random.uniform(in: PaintedColors.freedom)
        let top = PaintedColors.anyColor(saturation: 0...0.7, value: 0.35...1.05, using: &random)
        let horizon = PaintedColors.anyColor(saturation: 0...0.3, value: 0.5...1.05, using: &random)
        let any = PaintedColors.anyColor(saturation: 0...0.25, value: 0.4...1.1, using: &random)
        skyTop = mix(skyTop, top, freedom)
        skyHorizon = mix(skyHorizon, mix(top, horizon, random.uniform()), freedom)
        cloud = mix(cloud, any, freedom)
        cloudCover = random.uniform()
        cloudSoftness = random.uniform(in: 0.02...0.4)
    }

    private mutating func drawAir(_ weather: Weather, using random: inout RandomStream) {
        haze *= random.uniform(in: 0.7...1.05)
        hazeDensity = weather.hazeDensity
        guard weather.isFog else { return }
        skyHaze = random.uniform(in: 0.6...0.97)
        sun *= 0.3
    }

    private mutating func darken(scene: ToytownScene, using random: inout RandomStream) {
        let dusk = random.uniform(in: 0.12...0.45)
        sun *= 0
        shadowDepth = 0
        for path in [\Lighting.ambientAbove, \.ambientBelow, \.haze] { self[keyPath: path] *= dusk }
        for path in [\Lighting.skyTop, \.skyHorizon, \.cloud] { self[keyPath: path] *= dusk * 0.6 }
        emission = random.uniform(in: 0.8...1.4)
        litWindows = random.uniform(in: 0.1...0.5)
        headlights = random.uniform(in: 0.3...1)
        lamps = Self.lamps(of: scene)
    }

    /// White, or a little warmer, colder, greener.
    private static func tinted(_ amount: Float, using random: inout RandomStream) -> SIMD3<Float> {
        SIMD3(
            1 + random.uniform(in: -amount...amount), 1 + random.uniform(in: -amount...amount) * 0.5,
            1 + random.uniform(in: -amount...amount))
    }
}
