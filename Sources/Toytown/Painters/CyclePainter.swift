internal import Randomness

/// Bicycles and motorcycles, with and without riders. Wheels lie in the plane x = 0 of the object.
extension ScenePainter {
    mutating func paintBicycle(_ object: SceneObject) {
        mesh.begin(.bicycle, tint: object.tint)
        let frame = Frame(object)
        for z: Float in [-0.58, 0.58] { wheel(frame, z: z, radius: 0.37, tyreWidth: 0.09, inside: .spokes) }
        let crank = frame.point(0, 0.34, -0.02)
        let seat = frame.point(0, 0.92, -0.26)
        let head = frame.point(0, 0.9, 0.42)
        let tubes = [
            (crank, seat), (crank, head), (seat, head), (crank, frame.point(0, 0.37, -0.58)),
            (seat, frame.point(0, 0.37, -0.58)), (frame.point(0, 1.05, 0.38), frame.point(0, 0.37, 0.58)),
        ]
        for (start, end) in tubes { mesh.limb(from: start, to: end, width: 0.085, .bicycleFrame) }
        mesh.limb(from: frame.point(-0.3, 1.06, 0.36), to: frame.point(0.3, 1.06, 0.36), width: 0.07, .darkPart)
        mesh.limb(from: frame.point(0, 0.97, -0.4), to: frame.point(0, 0.97, -0.14), width: 0.12, .darkPart)
        mesh.castShadow(of: frame, width: 0.1, height: 0.9, length: 1.8)
    }

    mutating func paintMotorcycle(_ object: SceneObject) {
        mesh.begin(.motorcycle, tint: object.tint)
        let frame = Frame(object)
        for z: Float in [-0.68, 0.68] { wheel(frame, z: z, radius: 0.36, tyreWidth: 0.2, inside: .hub) }
        let body = [SIMD2<Float>(-0.35, 0.3), SIMD2(0.35, 0.28), SIMD2(0.45, 0.75), SIMD2(0.3, 0.98), SIMD2(-0.4, 0.8)]
        mesh.prism(frame, profile: body, from: -0.19, to: 0.19, .motorcyclePaint)
        let tail = [SIMD2<Float>(-0.45, 0.68), SIMD2(-0.2, 0.62), SIMD2(0.0, 0.86), SIMD2(-0.95, 0.95)]
        mesh.prism(frame, profile: tail, from: -0.17, to: 0.17, .darkPart)
        mesh.box(frame, from: SIMD3(-0.2, 0.2, -0.2), to: SIMD3(0.2, 0.45, 0.25), .hub)
        for x: Float in [-0.09, 0.09] {
            mesh.limb(from: frame.point(x, 1.0, 0.42), to: frame.point(x, 0.36, 0.68), width: 0.08, .hub)
        }
        mesh.limb(from: frame.point(-0.38, 1.12, 0.34), to: frame.point(0.38, 1.12, 0.34), width: 0.09, .darkPart)
        let shield = [SIMD2<Float>(0.36, 0.8), SIMD2(0.6, 0.78), SIMD2(0.5, 1.1), SIMD2(0.36, 1.22)]
        mesh.prism(frame, profile: shield, from: -0.2, to: 0.2, .motorcyclePaint)
        mesh.ball(at: frame.point(0, 0.92, 0.63), radius: 0.13, .headlight)
        mesh.ball(at: frame.point(0, 0.86, -0.98), radius: 0.1, .taillight)
        mesh.castShadow(of: frame, width: 0.4, height: 1.0, length: 1.9)
    }

    mutating func paintCyclist(_ object: SceneObject, using random: inout RandomStream) {
        paintBicycle(object)
        paintRider(
            object, seat: 0.95, reach: 0.36, covering: object.variant % 2 == 0 ? .hair : .signWhite, using: &random)
    }

    mutating func paintMotorcyclist(_ object: SceneObject, using random: inout RandomStream) {
        paintMotorcycle(object)
        paintRider(object, seat: 0.9, reach: 0.36, covering: .motorcyclePaint, using: &random)
    }

    /// A tyre around `inside`, with some width, so that it does not vanish when seen from behind.
    private mutating func wheel(_ frame: Frame, z: Float, radius: Float, tyreWidth: Float, inside: Material) {
        let half = tyreWidth / 2
        for x in [-half, half] {
            mesh.wheelDisc(frame, x: x, y: radius, z: z, radius: radius, .tyre)
            mesh.wheelDisc(frame, x: x * 1.3, y: radius, z: z, radius: radius * 0.76, inside)
        }
        mesh.box(
            frame, from: SIMD3(-half, radius * 0.1, z - radius * 0.8), to: SIMD3(half, radius * 1.75, z + radius * 0.8),
            .tyre)
    }
}
