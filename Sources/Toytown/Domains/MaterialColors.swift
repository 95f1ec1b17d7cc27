/// The colours of every material, in the renderer's palette, in the photograph's, or between the two.
struct MaterialColors {
    /// How far towards the photograph, `0...1`.
    let shift: Float
    /// The palette of a painted picture, which takes the place of both.
    var painted: PaintedColors?

    /// - Parameter tint: three free numbers in `0..<1`; the first picks among a material's colours, the second varies
    ///   brightness and the third hue, as far as the photograph's palette is used.
    func color(of material: Material, tint: SIMD3<Float>) -> SIMD3<Float> {
        if let painted { return painted.color(of: material, tint: tint) }
        let base = mix(
            Self.pick(Self.rendered(material), tint.x), Self.pick(Self.photographed(material), tint.x), shift)
        let brightness = 1 + 0.34 * shift * (tint.y - 0.5)
        let hue = SIMD3(tint.z - 0.5, 0, 0.5 - tint.z) * (0.16 * shift)
        return (base * (SIMD3(repeating: 1) + hue) * brightness).clamped(
            lowerBound: SIMD3(), upperBound: SIMD3(repeating: 1))
    }

    static func renderedColors(of material: Material) -> [SIMD3<Float>] { rendered(material).map(rgb) }

    private static func pick(_ colors: [UInt32], _ position: Float) -> SIMD3<Float> {
        rgb(colors[min(Int(position * Float(colors.count)), colors.count - 1)])
    }

    private static func rgb(_ hex: UInt32) -> SIMD3<Float> {
        SIMD3(Float(hex >> 16 & 255), Float(hex >> 8 & 255), Float(hex & 255)) / 255
    }

    /// Clear, bright colours: each material can be told by its colour.
    private static func rendered(_ material: Material) -> [UInt32] {
        switch material {
        case .asphalt: [0x55585F, 0x5C5D66]
        case .laneMark, .plate, .signWhite: [0xF2F2EC]
        case .rail: [0x8A8F98]
        case .pavement: [0xC9B9A8, 0xC4BCB0]
        case .kerb: [0xDCD6CC]
        case .grass: [0x7CC24A, 0x88CB52]
        case .facade: [0xE8CFA0, 0xD99B7C, 0xB9C7DA, 0xE3B8B0, 0xCDBE9A, 0xF0E2C0]
        case .roof: [0xA8503C, 0x8C4A40, 0x6F6A78]
        case .brickWall: [0xB06A5A, 0xB89A86]
        case .capStone: [0xD8CFC4]
        case .fence: [0x9A6B3C, 0xB98A54, 0x7A8C5A]
        case .fencePost: [0x7A5230]
        case .metalPole: [0x8C96A2]
        case .lightHousing: [0x2A2E30]
        case .signRed: [0xE01C1C]
        case .signBlue: [0x1C5CE0]
        case .signYellow: [0xF5C81E]
        case .sky: [0x6FB4F5]
        case .trunk: [0x7A5A3A]
        case .foliage: [0x2E8B36, 0x37A03E, 0x2A7A44]
        case .hedge: [0x2F8040]
        case .skin: [0xF0C29A, 0xB98058]
        case .hair: [0x3A2A20, 0x8A5A2A, 0xD8B060]
        case .shirt: [0xE8483C, 0x3C78E8, 0xF0B43C, 0xB048C8, 0x38B0A0]
        case .trousers: [0x34508C, 0x5A4A3A, 0x40404A]
        case .carPaint: [0xD42A2A, 0x2A54D4, 0xEFC32E, 0xF0F0F0, 0x2AA05A]
        case .glass: [0x3C5A78]
        case .tyre, .darkPart: [0x26262A]
        case .hub: [0xB0B4BA]
        case .headlight: [0xFFFADC]
        case .taillight: [0xE02020]
        case .truckCab: [0xE07A20, 0x2A8CA0, 0xC83A3A]
        case .cargo: [0xF0E8D8, 0xD8DCE4, 0xE8D090]
        case .busPaint: [0xF0A020, 0xE8C040]
        case .trainPaint: [0xE8EDF2, 0xC8E0E0]
        case .trainStripe: [0x1E9A8C, 0xC0282D]
        case .motorcyclePaint: [0xC03028, 0x2848B0, 0x30A040]
        case .bicycleFrame: [0xD83C6A, 0x2C9CD0, 0x40B050]
        case .spokes: [0x8A8E94]
        case .lampRed: [0xFF2A20]
        case .lampYellow: [0xFFC820]
        case .lampGreen: [0x28F080]
        case .lampOff: [0x4A4238]
        case .streetLamp: [0xFFF4D0]
        }
    }

    /// What a camera finds: greys and browns, dark clothes, dull paint, road and sidewalk nearly alike.
    private static func photographed(_ material: Material) -> [UInt32] {
        switch material {
        case .asphalt: [0x7C7870, 0x6A6862, 0x8A857C, 0x5E6064]
        case .laneMark: [0xD2CDBE]
        case .plate: [0xC8C8B0]
        case .signWhite: [0xC4C4C0]
        case .rail: [0x5A524A]
        case .pavement: [0x85807A, 0x746C66, 0x9A8478, 0x6C7074]
        case .kerb: [0x9C988E]
        case .grass: [0x6E6A3A, 0x58663A, 0x857A4C]
        case .facade: [0x6E4A3C, 0x8C8880, 0xA89C86, 0x5C5A5C, 0x7C6450, 0xB4B0A6]
        case .roof: [0x4A4240, 0x5C4A44, 0x3C4046]
        case .brickWall: [0x7A6A5E, 0x6A5048, 0x8A8680]
        case .capStone: [0x8A867E]
        case .fence: [0x4C4A46, 0x6A5C4C, 0x38423C]
        case .fencePost: [0x36342F]
        case .metalPole: [0x4E5450, 0x6A6C6A]
        case .lightHousing: [0x1C2220, 0x30322A]
        case .signRed: [0xA82C30]
        case .signBlue: [0x284C8C]
        case .signYellow: [0xC0983A]
        case .sky: [0xD8DCDE]
        case .trunk: [0x4A4036]
        case .foliage: [0x3C4A28, 0x56562C, 0x2E3C26, 0x6A5A2E]
        case .hedge: [0x3A4428, 0x4A4A2C]
        case .skin: [0xB08870, 0x7A5440]
        case .hair: [0x241E1A, 0x4A3A2C]
        case .shirt: [0x2A2C34, 0x4A4C54, 0x5C2C2C, 0x2C4054, 0x8A8478, 0x3C4234]
        case .trousers: [0x2C3444, 0x24242A, 0x4A4640]
        case .carPaint: [0x1E2024, 0x9CA0A4, 0x5A5E64, 0xC4C6C8, 0x2C3A54, 0x5C2024]
        case .glass: [0x2E3638]
        case .tyre, .darkPart: [0x1E1E1E]
        case .hub: [0x70726E]
        case .headlight: [0xD8D4C4]
        case .taillight: [0x9A2420]
        case .truckCab: [0xB4B4B0, 0x3C5070, 0x6A3430]
        case .cargo: [0xB0AEA8, 0x7C8084, 0x4C6078]
        case .busPaint: [0xB8A48C, 0xA03C34, 0x8C9490]
        case .trainPaint: [0xA89C7C, 0x8C9AA0]
        case .trainStripe: [0x7A3430, 0x2C4858]
        case .motorcyclePaint: [0x2A2A2C, 0x5C2826, 0x3C4450]
        case .bicycleFrame: [0x2C2C30, 0x54585C, 0x5A3430]
        case .spokes: [0x66645F]
        case .lampRed: [0xF04038]
        case .lampYellow: [0xF0B040]
        case .lampGreen: [0x50E0A0]
        case .lampOff: [0x2A2A26]
        case .streetLamp: [0xC8C4B4]
        }
    }
}
