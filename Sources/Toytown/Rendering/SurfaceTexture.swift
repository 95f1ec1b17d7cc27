/// Colour of a surface at a point, before light.
struct SurfaceTexture {
    let noise: NoiseTable.View
    /// Contrast, `0...1`; 0 keeps only what tells a material apart: windows, planks, courses of stone.
    let strength: Float
    /// Share of windows that are lit.
    let litWindows: Float
    /// Colour of window panes, from blue to grey, `0...1`.
    let paneMix: Float
    /// By `Surface.coat`; empty without coats.
    let coats: [Coat]

    /// Reflectance and own light.
    struct Point {
        var color: SIMD3<Float>
        var emission: SIMD3<Float>
    }

    /// - Parameters:
    ///   - p: scene position.
    ///   - depth: distance; fine detail fades with it, as it would average out within a pixel.
    @inline(__always)
    func callAsFunction(_ surface: Surface, at p: SIMD3<Float>, depth: Float) -> Point {
        guard !coats.isEmpty else { return textured(surface, at: p, depth: depth) }
        var coated = surface
        let isUpright = abs(surface.normal.y) < 0.9
        let along = (abs(surface.normal.x) > abs(surface.normal.z) ? p.z : p.x) + Float(surface.seed & 0xFFF) * 0.37
        coated.color = coats[Int(surface.coat)].applied(
            to: surface.color, at: isUpright ? SIMD2(along, p.y) : SIMD2(p.x, p.z), depth: depth, noise: noise)
        return textured(coated, at: p, depth: depth)
    }

    @inline(__always)
    private func textured(_ surface: Surface, at p: SIMD3<Float>, depth: Float) -> Point {
        guard strength > 0 || surface.texture.isStructural else {
            return Point(color: surface.color, emission: surface.color * surface.emission)
        }
        let offset = Float(surface.seed & 0xFFF) * 0.37
        // Along and up a vertical face; across and along the ground.
        let s = (abs(surface.normal.x) > abs(surface.normal.z) ? p.z : p.x) + offset
        let near = 1 / (1 + depth * 0.05)
        var factor: Float = 1
        switch surface.texture {
        case .flat: break
        case .asphalt: factor = asphalt(p, near)
        case .slabs: factor = slabs(p, near)
        case .grass: factor = grass(p, near)
        case .facade: return facade(surface, s: s - offset, p: p, offset: offset)
        case .brick: factor = brick(s, p.y, near)
        case .planks: factor = planks(s - offset, p.y, near)
        case .foliage: factor = foliage(p, near)
        case .bark: factor = 1 + strength * 0.7 * (noise(p.x * 14 + offset, p.y * 2) - 0.5)
        case .paint: factor = 1 + strength * (0.28 * surface.normal.y + 0.16 * (noise(s * 0.8, p.y * 2.2) - 0.5))
        case .cloth: factor = 1 + strength * 0.5 * (noise(s * 9, p.y * 9) - 0.5)
        case .plaster: factor = 1 + strength * 0.4 * (noise(s * 1.2, p.y * 1.2 + p.z) - 0.5)
        case .glass: factor = 1 + strength * 1.6 * (noise(s * 0.7, p.y * 0.9) - 0.35)
        }
        return Point(color: surface.color * factor, emission: surface.color * surface.emission)
    }

    @inline(__always)
    private func asphalt(_ p: SIMD3<Float>, _ near: Float) -> Float {
        let grain = noise(p.x * 9, p.z * 6) - 0.5
        let patches = noise(p.x * 0.5 + 31, p.z * 0.12) - 0.5
        let tracks = noise(p.x * 1.1 + 7, p.z * 0.02) - 0.5
        return 1 + strength * (0.35 * grain * near + 0.3 * patches + 0.25 * tracks)
    }

    @inline(__always)
    private func grass(_ p: SIMD3<Float>, _ near: Float) -> Float {
        let blades = noise(p.x * 5, p.z * 2) - 0.5
        let patches = noise(p.x * 0.4, p.z * 0.3) - 0.5
        return 1 + strength * (0.5 * blades * near + 0.35 * patches)
    }

    @inline(__always)
    private func foliage(_ p: SIMD3<Float>, _ near: Float) -> Float {
        let twigs = noise(p.x * 4 + p.z, p.y * 4) - 0.5
        let leaves = noise(p.x * 11, p.y * 11) - 0.5
        return 1 + strength * (1.1 * twigs + 0.7 * leaves * near)
    }

    /// Paving stones with joints.
    @inline(__always)
    private func slabs(_ p: SIMD3<Float>, _ near: Float) -> Float {
        let (x, z) = (p.x * 1.4, p.z * 1.1)
        let joint = min(x - x.rounded(.down), z - z.rounded(.down)) < 0.07 ? Float(1) : 0
        let tone = noise.cell(x.rounded(.down), z.rounded(.down)) - 0.5
        return 1 - strength * near * (0.45 * joint - 0.3 * tone) + strength * 0.3 * (noise(p.x, p.z * 0.5) - 0.5)
    }

    /// Courses of stone with mortar; the courses show in every domain.
    @inline(__always)
    private func brick(_ s: Float, _ y: Float, _ near: Float) -> Float {
        let row = (y * 3.6).rounded(.down)
        let column = s * 1.7 + (Int(row) & 1 == 0 ? 0 : 0.5)
        let isMortar = y * 3.6 - row < 0.16 || column - column.rounded(.down) < 0.08
        let tone = noise.cell(column.rounded(.down), row) - 0.5
        return (isMortar ? 1.22 : 1) + strength * (0.5 * tone * near + 0.5 * (noise(s * 0.6, y) - 0.5))
    }

    /// Upright planks with dark gaps and two rails.
    @inline(__always)
    private func planks(_ s: Float, _ y: Float, _ near: Float) -> Float {
        let position = s * 3.2
        let plank = position.rounded(.down)
        if position - plank < 0.3 { return 0.45 }
        return 1 + strength * (0.45 * (noise.cell(plank, 3) - 0.5) + 0.3 * (noise(position * 3, y) - 0.5) * near)
    }

    /// Plaster or brick with rows of windows, a band above the ground floor and shop fronts or doors below.
    @inline(__always)
    private func facade(_ surface: Surface, s: Float, p: SIMD3<Float>, offset: Float) -> Point {
        let ground = surface.pattern.z
        let column = (s / surface.pattern.x).rounded(.down)
        let across = s / surface.pattern.x - column
        let floor: Float = p.y < ground ? -1 : ((p.y - ground) / surface.pattern.y).rounded(.down)
        let up: Float = p.y < ground ? p.y / ground : (p.y - ground) / surface.pattern.y - floor
        let chance = noise.cell(column + offset, floor * 7 + 11)
        // Shop fronts are wide, and some of them are doors that reach the ground.
        let sideMargin: Float = floor < 0 ? 0.12 : 0.24
        let sill: Float = floor >= 0 ? 0.24 : chance > 0.6 ? 0 : 0.22
        if min(across, 1 - across) > sideMargin && up > sill && up < 0.78 {
            return pane(chance, across: across, up: up)
        }
        let stains = noise(s * 0.5 + offset, p.y * 0.35) - 0.5
        let grain = noise(s * 3, p.y * 5) - 0.5
        var factor = 1 + strength * (0.35 * stains + 0.22 * grain)
        if up > 0.95 || (floor >= 0 && up < 0.03) { factor *= 0.86 }
        if floor < 0 { factor *= 0.88 }
        return Point(color: surface.color * factor, emission: SIMD3())
    }

    /// A window: dark, sometimes with a curtain, sometimes lit.
    @inline(__always)
    private func pane(_ chance: Float, across: Float, up: Float) -> Point {
        let isLit = chance < litWindows
        let warm = SIMD3<Float>(1, 0.78, 0.45) * (0.45 + 0.8 * chance)
        let reflection = 1.4 * (chance - 0.4) + 0.5 * (up - 0.5)
        var color = mix(SIMD3<Float>(0.24, 0.33, 0.44), SIMD3<Float>(0.2, 0.22, 0.23), paneMix)
        color *= 1 + strength * reflection
        if abs(across - 0.5) < 0.025 { color += SIMD3<Float>(repeating: 0.25) }
        return Point(color: color, emission: isLit ? warm : SIMD3())
    }
}
