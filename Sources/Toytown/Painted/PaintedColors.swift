internal import Randomness

/// The palette of one painted picture: every material's colours are drawn anew, around those of the renderer.
///
/// How far around decides what is left to adapt to, see `PaintedLook`.
struct PaintedColors {
    /// How far colours are drawn from the renderer's towards any colour, per picture, `0...1`.
    static let freedom: ClosedRange<Float> = 0...0.1

    /// The colours that a material's objects take, by `Material.rawValue`.
    private let colors: [[SIMD3<Float>]]
    /// Variation of brightness and hue from object to object.
    private let variation: SIMD2<Float>

    static func drawn(using random: inout RandomStream) -> PaintedColors {
        let freedom = random.uniform(in: Self.freedom)
        var mood = Mood(using: &random)
        let colors = Material.allCases.map { material in
            let rendered = MaterialColors.renderedColors(of: material)
            return (0..<mood.count(of: material)).map { _ in
                mix(rendered[mood.random.integer(below: rendered.count)], mood.color(of: material), freedom)
            }
        }
        random = mood.random
        return PaintedColors(
            colors: colors, variation: SIMD2(random.uniform(in: 0...0.3), random.uniform(in: 0...0.15)))
    }

    /// As `MaterialColors.color(of:tint:)`.
    func color(of material: Material, tint: SIMD3<Float>) -> SIMD3<Float> {
        let choices = colors[Int(material.rawValue)]
        let base = choices[min(Int(tint.x * Float(choices.count)), choices.count - 1)]
        let hue = SIMD3(tint.z - 0.5, 0, 0.5 - tint.z) * variation.y
        let color = base * (SIMD3(repeating: 1) + hue) * (1 + variation.x * (tint.y - 0.5))
        return color.clamped(lowerBound: SIMD3(), upperBound: SIMD3(repeating: 1))
    }
}

/// How colourful and how bright the colours of one picture are.
private struct Mood {
    var random: RandomStream
    /// Largest saturation: dull towns and gaudy ones.
    private let saturation: Float

    init(using random: inout RandomStream) {
        self.random = random
        let isDull = self.random.uniform() < 0.4
        saturation = self.random.uniform(in: isDull ? 0.08...0.35 : 0.35...1)
    }

    /// How many colours the objects of a material have.
    mutating func count(of material: Material) -> Int {
        switch material {
        case .facade, .carPaint, .shirt: 2 + random.integer(below: 5)
        case .truckCab, .cargo, .busPaint, .trainPaint, .trousers, .hair, .roof, .bicycleFrame, .motorcyclePaint, .skin,
            .brickWall, .fence, .foliage, .grass, .pavement, .asphalt:
            1 + random.integer(below: 3)
        default: 1
        }
    }

    mutating func color(of material: Material) -> SIMD3<Float> {
        switch material {
        case .tyre, .darkPart: anyHue(value: 0.03...0.25, saturation: 0.3)
        case .glass: anyHue(value: 0.06...0.5, saturation: 0.6)
        case .lightHousing: anyHue(value: 0.04...0.5, saturation: 0.6)
        case .hub, .spokes: anyHue(value: 0.25...0.9, saturation: 0.3)
        case .laneMark, .signWhite: anyHue(value: 0.6...1, saturation: 0.25)
        case .plate: anyHue(value: 0.5...1, saturation: 0.6)
        case .headlight, .streetLamp: anyHue(value: 0.75...1, saturation: 0.3)
        case .taillight: hue(0.94...1.05, saturation: 0.6...1, value: 0.4...1)
        case .lampRed: hue(0.95...1.05, saturation: 0.6...1, value: 0.75...1)
        case .lampYellow: hue(0.09...0.17, saturation: 0.6...1, value: 0.75...1)
        case .lampGreen: hue(0.3...0.48, saturation: 0.5...1, value: 0.7...1)
        case .lampOff: anyHue(value: 0.05...0.4, saturation: 0.4)
        case .skin: hue(0.03...0.11, saturation: 0.2...0.65, value: 0.25...0.95)
        case .signRed, .signBlue, .signYellow: hue(0...1, saturation: 0.5...1, value: 0.4...1)
        default: anyHue(value: 0.1...0.95, saturation: saturation)
        }
    }

    /// A colour of any hue; small saturations are more frequent, as in most of the world.
    private mutating func anyHue(value: ClosedRange<Float>, saturation: Float) -> SIMD3<Float> {
        let share = random.uniform()
        return Self.rgb(
            hue: random.uniform(), saturation: saturation * share * (0.5 + 0.5 * share),
            value: random.uniform(in: value))
    }

    private mutating func hue(
        _ hue: ClosedRange<Float>, saturation: ClosedRange<Float>, value: ClosedRange<Float>
    ) -> SIMD3<Float> {
        Self.rgb(
            hue: random.uniform(in: hue), saturation: random.uniform(in: saturation), value: random.uniform(in: value))
    }

    /// - Parameter hue: turns; whole ones do not matter.
    static func rgb(hue: Float, saturation: Float, value: Float) -> SIMD3<Float> {
        let offsets = SIMD3<Float>(0, 2.0 / 3, 1.0 / 3)
        let turns = SIMD3(repeating: hue) + offsets
        let ramps = turns - turns.rounded(.down)
        let pure = SIMD3(ramp(ramps.x), ramp(ramps.y), ramp(ramps.z))
        return (SIMD3(repeating: 1) - (SIMD3(repeating: 1) - pure) * saturation) * value
    }

    /// Red's share at a position of the colour wheel.
    private static func ramp(_ turn: Float) -> Float { clamped(abs(turn * 6 - 3) - 1) }
}

extension PaintedColors {
    /// A colour of any hue within the given saturation and value.
    static func anyColor(
        saturation: ClosedRange<Float>, value: ClosedRange<Float>, using random: inout RandomStream
    ) -> SIMD3<Float> {
        Mood.rgb(
            hue: random.uniform(), saturation: random.uniform(in: saturation), value: random.uniform(in: value))
    }
}
