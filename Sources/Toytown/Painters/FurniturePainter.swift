/// Poles, lamps, traffic lights and traffic signs.
extension ScenePainter {
    mutating func paintPole(_ object: SceneObject) {
        mesh.begin(.pole, tint: object.tint)
        stem(object, height: object.size.y, width: object.size.x)
    }

    /// A street lamp whose arm reaches over the road.
    mutating func paintLamp(_ object: SceneObject) {
        mesh.begin(.pole, tint: object.tint)
        stem(object, height: object.size.y, width: object.size.x)
        let top = object.position + SIMD3(0, object.size.y, 0)
        let tip = top + SIMD3(-object.yaw * 1.5, 0.35, 0)
        mesh.limb(from: top, to: tip, width: 0.15, .metalPole)
        mesh.limb(from: tip, to: tip + SIMD3(-object.yaw * 0.7, 0, 0), width: 0.26, .streetLamp)
    }

    /// A housing with three lamps on a pole; one is lit.
    mutating func paintTrafficLight(_ object: SceneObject) {
        mesh.begin(.pole, tint: object.tint)
        let top = object.size.y
        stem(object, height: top - 0.2, width: 0.2)
        mesh.begin(.trafficLight, tint: object.tint)
        let frame = Frame(object)
        let half = object.size.x / 2
        let bottom = top - 1.4
        mesh.box(frame, from: SIMD3(-half, bottom, -0.2), to: SIMD3(half, top + 0.25, 0.2), .lightHousing)
        let lit = object.variant % 3
        let lamps: [Material] = [.lampGreen, .lampYellow, .lampRed]
        for (index, lamp) in lamps.enumerated() {
            let outline = Outline.circle(sides: 10).map { $0 * (half * 0.7) }
            mesh.face(
                outline.map { frame.point($0.x, bottom + 0.3 + Float(index) * 0.53 + $0.y, -0.21) },
                index == lit ? lamp : .lampOff)
        }
    }

    /// A plate with a border: round, triangular, rectangular or a rhomb.
    mutating func paintTrafficSign(_ object: SceneObject) {
        mesh.begin(.pole, tint: object.tint)
        stem(object, height: object.size.y, width: 0.17)
        mesh.begin(.trafficSign, tint: object.tint)
        let radius = object.size.x / 2
        let shape = Self.signShapes[object.variant % Self.signShapes.count]
        plate(object, shape.outline.map { $0 * radius }, forward: 0.1, shape.border)
        plate(object, shape.outline.map { $0 * (radius * 0.76) }, forward: 0.13, shape.inside)
        if let symbol = shape.symbol {
            plate(
                object,
                [SIMD2(-0.45, -0.1), SIMD2(0.45, -0.1), SIMD2(0.45, 0.14), SIMD2(-0.45, 0.14)]
                    .map { $0 * radius }, forward: 0.16, symbol)
        }
    }

    private struct SignShape: Sendable {
        let outline: [SIMD2<Float>]
        let border: Material
        let inside: Material
        var symbol: Material?
    }

    private static let signShapes: [SignShape] = [
        SignShape(outline: Outline.circle(sides: 14), border: .signRed, inside: .signWhite, symbol: .darkPart),
        SignShape(outline: Outline.circle(sides: 14), border: .signWhite, inside: .signBlue, symbol: .signWhite),
        SignShape(outline: Outline.circle(sides: 8), border: .signWhite, inside: .signRed, symbol: .signWhite),
        SignShape(
            outline: [SIMD2(-1.05, -0.75), SIMD2(1.05, -0.75), SIMD2(0, 1.05)], border: .signRed, inside: .signWhite),
        SignShape(
            outline: [SIMD2(0, -1.1), SIMD2(1.1, 0), SIMD2(0, 1.1), SIMD2(-1.1, 0)], border: .signWhite,
            inside: .signYellow),
        SignShape(
            outline: [SIMD2(-0.9, -0.9), SIMD2(0.9, -0.9), SIMD2(0.9, 0.9), SIMD2(-0.9, 0.9)], border: .signWhite,
            inside: .signBlue, symbol: .signWhite),
        SignShape(outline: Outline.circle(sides: 14), border: .signRed, inside: .signBlue),
    ]

    private mutating func plate(
        _ object: SceneObject, _ outline: [SIMD2<Float>], forward: Float, _ material: Material
    ) {
        let frame = Frame(object)
        mesh.face(outline.map { frame.point($0.x, object.size.y - 0.1 + $0.y, -forward) }, material)
    }

    private mutating func stem(_ object: SceneObject, height: Float, width: Float) {
        let base = object.position
        mesh.limb(from: base, to: base + SIMD3(0, height, 0), width: width, .metalPole)
        mesh.castShadow(of: Frame(base), width: width, height: height, length: width)
    }
}
