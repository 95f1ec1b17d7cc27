internal import Glibc
internal import Randomness

/// A pattern over a material's own texture, drawn anew for every painted picture.
struct Coat {
    enum Kind: Int, CaseIterable { case none, stripes, checks, bricks, tiles, blotches, grain, gradient }

    var kind = Kind.none
    /// Periods a metre along both axes of the pattern.
    var frequency = SIMD2<Float>(1, 1)
    /// Cosine and sine of the turn of its axes.
    var turn = SIMD2<Float>(1, 0)
    /// The brightest and darkest that the material's colour gets, as a factor of it.
    var shade: Float = 1
    /// Share of a period that is shaded.
    var duty: Float = 0.5

    /// A coat for each material, by `Material.rawValue`.
    static func drawn(using random: inout RandomStream) -> [Coat] {
        // Some towns are plain, some are covered in patterns.
        let share = random.uniform(in: 0...1)
        let most = random.uniform(in: 0.15...0.8)
        return Material.allCases.map { material in
            let coat = one(most: most, using: &random)
            return random.uniform() < share && material.takesCoat ? coat : Coat()
        }
    }

    private static func one(most: Float, using random: inout RandomStream) -> Coat {
        let frequency = expf(random.uniform(in: -1.9...2.1))
        let isAligned = random.uniform() < 0.6
        let angle = isAligned ? Float(random.integer(below: 2)) * .pi / 2 : random.uniform(in: 0...3.14)
        return Coat(
            kind: Kind.allCases[1 + random.integer(below: Kind.allCases.count - 1)],
            frequency: SIMD2(frequency, frequency * expf(random.uniform(in: -1...1))),
            turn: SIMD2(cosf(angle), sinf(angle)),
            shade: expf(most * random.uniform(in: -1...1)), duty: random.uniform(in: 0.15...0.85))
    }

    /// The colour of a surface with this coat.
    ///
    /// - Parameters:
    ///   - place: position on the surface, metres.
    ///   - depth: distance; patterns finer than a pixel fade into their mean.
    @inline(__always)
    func applied(
        to base: SIMD3<Float>, at place: SIMD2<Float>, depth: Float, noise: NoiseTable.View
    ) -> SIMD3<Float> {
        guard kind != .none else { return base }
        let u = (place.x * turn.x + place.y * turn.y) * frequency.x
        let v = (place.y * turn.x - place.x * turn.y) * frequency.y
        let blur = max(frequency.x, frequency.y) * depth * 0.005
        let value = mix(duty, share(u, v, noise), 1 / (1 + blur * blur))
        return base * mix(1, shade, value)
    }

    /// How much of the coat there is, `0...1`.
    @inline(__always)
    private func share(_ u: Float, _ v: Float, _ noise: NoiseTable.View) -> Float {
        let (column, row) = (u.rounded(.down), v.rounded(.down))
        switch kind {
        case .none: return 0
        case .stripes: return u - column < duty ? 1 : 0
        case .checks: return (Int32(column) &+ Int32(row)) & 1 == 0 ? 1 : 0
        case .bricks:
            let shifted = u + (Int32(row) & 1 == 0 ? 0 : 0.5)
            return v - row < duty * 0.3 || shifted - shifted.rounded(.down) < duty * 0.2 ? 1 : 0
        case .tiles: return noise.cell(column, row)
        case .blotches: return clamped((noise(u, v) - 1 + duty) * 6 + 0.5)
        case .grain: return noise(u * 7, v * 7)
        case .gradient: return 0.5 + 0.5 * sinf(u * 0.6)
        }
    }
}

extension Material {
    /// Whether a pattern would leave it what it is; lamps, plates and the insides of signs stay plain.
    fileprivate var takesCoat: Bool {
        switch self {
        case .lampRed, .lampYellow, .lampGreen, .lampOff, .streetLamp, .headlight, .taillight, .plate, .signWhite,
            .signRed, .signBlue, .signYellow, .sky:
            false
        default: true
        }
    }
}
