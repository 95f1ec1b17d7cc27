internal import Randomness

/// People on foot and in the saddle.
extension ScenePainter {
    mutating func paintPerson(_ object: SceneObject, using random: inout RandomStream) {
        mesh.begin(.person, tint: object.tint)
        let frame = Frame(object)
        let scale = object.size.y / 1.8
        func at(_ x: Float, _ y: Float, _ z: Float) -> SIMD3<Float> { frame.point(x * scale, y * scale, z * scale) }
        let step = random.uniform(in: -0.28...0.28)
        let swing = random.uniform(in: -0.2...0.2)
        for side: Float in [-1, 1] {
            let knee = at(side * 0.11, 0.48, side * step * 0.6)
            mesh.limb(from: at(side * 0.1, 0.95, 0), to: knee, width: 0.22 * scale, endWidth: 0.17 * scale, .trousers)
            let foot = at(side * 0.11, 0.04, side * step)
            mesh.limb(from: knee, to: foot, width: 0.17 * scale, endWidth: 0.13 * scale, .trousers)
            mesh.limb(from: foot, to: at(side * 0.12, 0.04, side * step + 0.2), width: 0.1 * scale, .darkPart)
        }
        torso(from: at(0, 0.82, 0), to: at(0, 1.48, 0.03), width: 0.46 * scale)
        if object.variant % 4 == 0 { skirt(at(0, 1.0, 0), to: at(0, 0.55, 0), scale: scale) }
        for side: Float in [-1, 1] {
            let elbow = at(side * 0.33, 1.12, -side * swing * 0.6)
            mesh.limb(from: at(side * 0.26, 1.44, 0), to: elbow, width: 0.14 * scale, .shirt)
            mesh.limb(from: elbow, to: at(side * 0.32, 0.86, 0.1 - side * swing), width: 0.11 * scale, .shirt)
            mesh.ball(at: at(side * 0.32, 0.82, 0.1 - side * swing), radius: 0.065 * scale, .skin, sides: 6)
        }
        head(at: at(0, 1.66, 0.04), radius: 0.135 * scale, covering: .hair)
        mesh.castShadow(of: frame, width: 0.45, height: object.size.y, length: 0.3)
    }

    private mutating func skirt(_ waist: SIMD3<Float>, to hem: SIMD3<Float>, scale: Float) {
        mesh.limb(from: waist, to: hem, width: 0.4 * scale, endWidth: 0.58 * scale, .shirt)
    }

    private mutating func torso(from hip: SIMD3<Float>, to shoulder: SIMD3<Float>, width: Float) {
        mesh.limb(from: hip, to: shoulder, width: width * 0.82, endWidth: width * 1.08, .shirt)
        mesh.limb(from: shoulder, to: shoulder + SIMD3(0, 0.1, 0), width: width * 0.3, .skin)
    }

    /// A head with hair or a helmet on its upper half.
    private mutating func head(at center: SIMD3<Float>, radius: Float, covering: Material) {
        mesh.ball(at: center, radius: radius, .skin, sides: 9)
        let towardsCamera = normalized(mesh.cameraPosition - center) * 0.03
        mesh.ball(
            at: center + SIMD3(0, radius * 0.45, 0) + towardsCamera, radius: radius * 0.92, covering, sides: 9)
    }

    /// A body on a two-wheeler: hands at the handlebar, feet at the pedals.
    ///
    /// - Parameters:
    ///   - seat: height of the saddle, metres.
    ///   - reach: how far ahead the hands are.
    mutating func paintRider(
        _ object: SceneObject, seat: Float, reach: Float, covering: Material, using random: inout RandomStream
    ) {
        mesh.begin(.rider, tint: SIMD3(object.tint.z, object.tint.x, object.tint.y))
        let frame = Frame(object)
        let hip = frame.point(0, seat + 0.04, -0.3)
        let lean = random.uniform(in: 0.15...0.4)
        let shoulder = frame.point(0, seat + 0.66, -0.3 + lean)
        for side: Float in [-1, 1] {
            let pedal = frame.point(side * 0.14, 0.3 + side * 0.12, 0.08)
            let knee = frame.point(side * 0.17, seat * 0.72, 0.2)
            mesh.limb(from: frame.point(side * 0.12, seat, -0.28), to: knee, width: 0.22, endWidth: 0.18, .trousers)
            mesh.limb(from: knee, to: pedal, width: 0.17, endWidth: 0.13, .trousers)
        }
        torso(from: hip, to: shoulder, width: 0.5)
        for side: Float in [-1, 1] {
            let hand = frame.point(side * 0.28, seat + 0.16, reach)
            let elbow = frame.point(side * 0.34, seat + 0.32, (reach - 0.3 + lean) / 2)
            mesh.limb(from: shoulder + (elbow - hip) * 0.04, to: elbow, width: 0.16, .shirt)
            mesh.limb(from: elbow, to: hand, width: 0.12, .shirt)
        }
        head(at: shoulder + (frame.point(0, 0.24, 0.07) - frame.origin), radius: 0.15, covering: covering)
        mesh.castShadow(of: frame, width: 0.5, height: 1.8, length: 0.9)
    }
}
