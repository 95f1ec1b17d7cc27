internal import Glibc

/// Light on surfaces, haze in front of them and the sky behind.
struct SceneShader {
    let light: Lighting
    let texture: SurfaceTexture
    let noise: NoiseTable.View

    init(light: Lighting, noise: NoiseTable.View) {
        self.light = light
        self.noise = noise
        texture = SurfaceTexture(
            noise: noise, strength: light.texture, litWindows: light.litWindows,
            paneMix: light.paneMix ?? light.texture, coats: light.coats)
    }

    /// The colour of a surface as it reaches the camera.
    ///
    /// - Parameters:
    ///   - p: scene position.
    ///   - isShadowed: whether the sun is hidden there.
    @inline(__always)
    func color(of surface: Surface, at p: SIMD3<Float>, depth: Float, isShadowed: Bool) -> SIMD3<Float> {
        let point = texture(surface, at: p, depth: depth)
        var lit = mix(light.ambientBelow, light.ambientAbove, 0.5 + 0.5 * surface.normal.y)
        if !surface.isGround { lit *= 1 - light.occlusion * 0.4 / (1 + 1.6 * max(0, p.y)) }
        if isShadowed {
            lit *= 1 - light.shadowDepth
        } else {
            lit += light.sun * max(0, dot(surface.normal, light.sunDirection))
        }
        if light.headlights > 0 { lit += artificialLight(at: p, normal: surface.normal, depth: depth) }
        let color = point.color * lit + point.emission * light.emission
        guard light.hazeDensity > 0 else { return color }
        return mix(color, light.haze, 1 - expf(-light.hazeDensity * depth))
    }

    /// Street lamps and the driver's own lights.
    private func artificialLight(at p: SIMD3<Float>, normal: SIMD3<Float>, depth: Float) -> SIMD3<Float> {
        let spread = p.x / (1.4 + 0.22 * depth)
        let beam = light.headlights * expf(-spread * spread) / (1 + depth * depth * 0.004)
        var sum = SIMD3<Float>(1, 0.97, 0.88) * (beam * (p.y < 1.6 ? 1 : 0.35))
        for lamp in light.lamps {
            let offset = lamp.position - p
            let squared = dot(offset, offset)
            let facing = 0.25 + 0.75 * max(0, dot(normal, offset) / (squared.squareRoot() + 0.1))
            sum += lamp.color * (facing / (1 + squared * 0.035))
        }
        return sum
    }

    /// The sky in a direction of depth 1.
    func sky(along ray: SIMD3<Float>) -> SIMD3<Float> {
        let elevation = max(0, ray.y)
        var color = mix(light.skyHorizon, light.skyTop, clamped(elevation * 1.6))
        let reach = 1.3 / (elevation + 0.12)
        let (x, y) = (ray.x * reach + 40, reach * 1.4)
        let field = 0.6 * noise(x, y) + 0.28 * noise(x * 2.3, y * 2.3) + 0.12 * noise(x * 5.1, y * 5.1)
        let threshold = 0.75 - 0.45 * light.cloudCover
        let cover = clamped((field - threshold) / light.cloudSoftness) * clamped(elevation * 6)
        color = mix(color, light.cloud, cover * 0.9)
        return light.skyHaze > 0 ? mix(color, light.haze, light.skyHaze) : color
    }
}
