internal import Glibc

/// An object's own axes in the scene: x to its right, y up, z ahead of it.
struct Frame {
    let origin: SIMD3<Float>
    private let sinYaw: Float
    private let cosYaw: Float

    init(_ origin: SIMD3<Float>, yaw: Float = 0) {
        self.origin = origin
        sinYaw = sinf(yaw)
        cosYaw = cosf(yaw)
    }

    init(_ object: SceneObject) { self.init(object.position, yaw: object.yaw) }

    /// The scene position of local coordinates.
    func point(_ x: Float, _ y: Float, _ z: Float) -> SIMD3<Float> {
        origin + SIMD3(x * cosYaw + z * sinYaw, y, z * cosYaw - x * sinYaw)
    }

    func point(_ p: SIMD3<Float>) -> SIMD3<Float> { point(p.x, p.y, p.z) }
}

/// Outlines around the origin of a plane.
enum Outline {
    /// A regular polygon of radius 1.
    static func circle(sides: Int) -> [SIMD2<Float>] {
        (0..<sides).map { side in
            let angle = (Float(side) + 0.5) * 2 * Float.pi / Float(sides)
            return SIMD2(cosf(angle), sinf(angle))
        }
    }
}

/// The smallest convex polygon around points (Andrew, 1979).
enum ConvexHull {
    /// - Parameter points: on the ground; `y` is kept from the first.
    static func onGround(_ points: [SIMD3<Float>]) -> [SIMD3<Float>] {
        let sorted = points.sorted { ($0.x, $0.z) < ($1.x, $1.z) }
        return half(sorted).dropLast() + half(sorted.reversed()).dropLast()
    }

    private static func half(_ points: [SIMD3<Float>]) -> [SIMD3<Float>] {
        var chain: [SIMD3<Float>] = []
        for point in points {
            while chain.count >= 2 {
                let a = chain[chain.count - 1] - chain[chain.count - 2]
                let b = point - chain[chain.count - 2]
                if a.x * b.z - a.z * b.x > 0 { break }
                chain.removeLast()
            }
            chain.append(point)
        }
        return chain
    }
}
