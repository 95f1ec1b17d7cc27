/// What a polygon is made of; decides its colours in every domain.
enum Material: UInt8, CaseIterable {
    case asphalt, laneMark, rail, pavement, kerb, grass, facade, roof, brickWall, capStone, fence, fencePost
    case metalPole, lightHousing, signRed, signBlue, signYellow, signWhite, sky, trunk, foliage, hedge
    case skin, hair, shirt, trousers, carPaint, glass, tyre, hub, darkPart, headlight, taillight, plate
    case truckCab, cargo, busPaint, trainPaint, trainStripe, motorcyclePaint, bicycleFrame, spokes
    case lampRed, lampYellow, lampGreen, lampOff, streetLamp
}

/// How a surface varies from point to point.
enum Texture: UInt8 {
    case flat, asphalt, slabs, grass, facade, brick, planks, foliage, bark, paint, cloth, plaster, glass

    /// Whether it tells the material apart and shows in every domain. Such textures have edges and need every sample;
    /// the others are taken once a pixel.
    var isStructural: Bool {
        switch self {
        case .facade, .brick, .planks: true
        case .flat, .asphalt, .slabs, .grass, .foliage, .bark, .paint, .cloth, .plaster, .glass: false
        }
    }
}

/// One face's class and looks.
struct Surface {
    var label: UInt8
    var instance: UInt16
    var color: SIMD3<Float>
    /// Towards the camera's side, length 1.
    var normal: SIMD3<Float>
    var texture: Texture
    /// Which coat lies over the texture, where a picture has coats: `Material.rawValue`.
    var coat: UInt8
    /// Light of its own, in units of a sunlit white.
    var emission: Float
    /// Whether shadows fall on it.
    var isGround: Bool
    /// Texture sizes: for a facade window spacing, floor height and ground height; elsewhere unused.
    var pattern: SIMD3<Float>
    var seed: UInt32
}

extension Material {
    var texture: Texture {
        switch self {
        case .asphalt: .asphalt
        case .pavement: .slabs
        case .grass: .grass
        case .facade: .facade
        case .brickWall: .brick
        case .fence: .planks
        case .foliage, .hedge: .foliage
        case .trunk: .bark
        case .carPaint, .truckCab, .busPaint, .trainPaint, .motorcyclePaint: .paint
        case .shirt, .trousers: .cloth
        case .kerb, .roof, .capStone, .cargo: .plaster
        case .glass: .glass
        case .laneMark, .rail, .fencePost, .metalPole, .lightHousing, .signRed, .signBlue, .signYellow, .signWhite,
            .sky,
            .skin, .hair, .tyre, .hub, .darkPart, .headlight, .taillight, .plate, .trainStripe, .bicycleFrame, .spokes,
            .lampRed, .lampYellow, .lampGreen, .lampOff, .streetLamp:
            .flat
        }
    }

    /// Light of its own at night and, for signals, by day.
    var emission: Float {
        switch self {
        case .lampRed, .lampYellow, .lampGreen: 1
        case .headlight, .streetLamp: 0.9
        case .taillight: 0.5
        default: 0
        }
    }
}
