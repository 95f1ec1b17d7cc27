internal import Datasets
internal import Glibc
internal import Randomness

extension Lighting {
    /// The light of `scene` in `domain`.
    ///
    /// - Parameter random: advanced by the same number of draws in every domain.
    static func sampled(
        for domain: ToytownDomain, scene: ToytownScene, gap: DomainGap, using random: inout RandomStream
    ) -> Lighting {
        let day = daylight(gap: gap, using: &random)
        let draw = random.uniform()
        switch domain {
        case .render: return Lighting()
        case .camera: return day
        case .fog: return fog(day, draw: draw)
        case .night: return night(day, scene: scene, draw: draw)
        case .painted: preconditionFailure("Lighting: a painted picture takes its light from its PaintedLook")
        }
    }

    /// From bright sun at any height to a grey sky, as far from the renderer's light as `gap.light` says.
    private static func daylight(gap: DomainGap, using random: inout RandomStream) -> Lighting {
        let overcast = random.uniform()
        let azimuth = random.uniform(in: 0...(2 * Float.pi))
        let elevation = random.uniform(in: 0.35...1.0)
        let exposure = expf(random.uniform(in: -0.42...0.3) * gap.light)
        let warmth = random.uniform(in: -0.1...0.2)
        var light = Lighting()
        let direction = SIMD3(cosf(azimuth) * cosf(elevation), sinf(elevation), sinf(azimuth) * cosf(elevation))
        light.sunDirection = normalized(mix(light.sunDirection, direction, gap.light))
        light.sun = mix(light.sun, SIMD3(1 + warmth, 1, 1 - warmth) * (1.05 * (1 - overcast)), gap.light) * exposure
        let fill = 0.42 + 0.42 * overcast
        light.ambientAbove = mix(light.ambientAbove, SIMD3(0.92, 0.98, 1.08) * fill, gap.light) * exposure
        light.ambientBelow = mix(light.ambientBelow, SIMD3(1.05, 1, 0.92) * (fill * 0.55), gap.light) * exposure
        let grey = SIMD3<Float>(0.86, 0.87, 0.88)
        light.skyTop =
            mix(light.skyTop, mix(SIMD3(0.42, 0.58, 0.82), grey * 0.92, overcast), gap.palette)
            * (0.5 + 0.5 * exposure)
        light.skyHorizon =
            mix(light.skyHorizon, mix(SIMD3(0.86, 0.88, 0.9), grey, overcast), gap.palette)
            * (0.5 + 0.5 * exposure)
        light.cloud = mix(light.cloud, grey * (1.08 - 0.16 * overcast), gap.palette) * (0.5 + 0.5 * exposure)
        light.cloudCover = 0.25 + 0.6 * overcast
        light.cloudSoftness = 0.25
        light.haze = light.skyHorizon
        light.hazeDensity = 0.0008 + 0.003 * overcast
        light.texture = gap.texture
        light.occlusion = 0.8
        light.shadowDepth = 0.05 + 0.12 * (1 - overcast)
        return light
    }

    private static func fog(_ day: Lighting, draw: Float) -> Lighting {
        var light = day
        let brightness = max(0.6, dot(day.ambientAbove, SIMD3(repeating: 1 / 3)) + 0.2)
        light.haze = SIMD3(0.97, 1, 1.02) * min(0.9, brightness)
        light.hazeDensity = 0.022 + 0.035 * draw
        light.skyHaze = 0.93
        light.sun = day.sun * 0.15
        light.shadowDepth = 0.03
        light.ambientAbove = day.ambientAbove * 1.1
        light.emission = 0.7
        return light
    }

    private static func night(_ day: Lighting, scene: ToytownScene, draw: Float) -> Lighting {
        var light = day
        light.sun = SIMD3()
        light.shadowDepth = 0
        let glow = 0.5 + 0.5 * draw
        light.ambientAbove = SIMD3(0.13, 0.135, 0.175) * glow
        light.ambientBelow = SIMD3(0.11, 0.1, 0.09) * glow
        light.skyTop = SIMD3(0.015, 0.02, 0.045)
        light.skyHorizon = SIMD3(0.09, 0.075, 0.075) * glow
        light.cloud = light.skyHorizon * 0.7
        light.haze = light.skyHorizon
        light.emission = 1.3
        light.litWindows = 0.35
        light.headlights = 0.75
        light.lamps = lamps(of: scene)
        return light
    }

    /// The nearest street lamps, where their bulbs are.
    static func lamps(of scene: ToytownScene) -> [Lamp] {
        let nearest = scene.objects.filter { $0.kind == .lamp }.sorted { $0.position.z < $1.position.z }.prefix(9)
        return nearest.map { lamp in
            let isWhite = lamp.tint.x > 0.75
            return Lamp(
                position: lamp.position + SIMD3(-lamp.yaw * 1.8, lamp.size.y + 0.2, 0),
                color: (isWhite ? SIMD3(0.95, 0.97, 1) : SIMD3(1.05, 0.74, 0.42)) * 1.1)
        }
    }
}
