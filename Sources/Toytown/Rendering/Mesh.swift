/// Polygons of a scene with their surfaces; painters add to it object by object.
struct Mesh {
    struct Polygon {
        let vertices: Range<Int>
        let surface: UInt16
    }

    private(set) var vertices: [SIMD3<Float>] = []
    private(set) var polygons: [Polygon] = []
    private(set) var surfaces: [Surface] = []
    /// Convex outlines on the ground that the sun does not reach.
    private(set) var shadows: [[SIMD3<Float>]] = []

    let cameraPosition: SIMD3<Float>
    private let colors: MaterialColors
    /// Horizontal distance and direction that a shadow moves for each metre of height.
    private let shadowOffset: SIMD3<Float>

    private var label: UInt8 = ToytownClass.sky.rawValue
    private var instance: UInt16 = 0
    private var tint = SIMD3<Float>()
    private var instanceCounts: [UInt8: UInt16] = [:]

    /// - Parameter sunDirection: towards the sun.
    init(cameraPosition: SIMD3<Float>, sunDirection: SIMD3<Float>, colors: MaterialColors) {
        self.cameraPosition = cameraPosition
        self.colors = colors
        let height = max(sunDirection.y, 0.2)
        shadowOffset = SIMD3(-sunDirection.x / height, 0, -sunDirection.z / height)
        vertices.reserveCapacity(1 << 14)
        polygons.reserveCapacity(1 << 12)
        begin(.sky, tint: SIMD3())
        _ = surface(.sky, normal: SIMD3(0, 1, 0))
    }

    /// What follows belongs to one object of `kind`; a thing gets the next number of its class.
    mutating func begin(_ kind: ToytownClass, tint: SIMD3<Float>) {
        label = kind.rawValue
        self.tint = tint
        guard kind.isThing else {
            instance = UInt16(kind.rawValue)
            return
        }
        let number = instanceCounts[label, default: 0]
        instanceCounts[label] = number + 1
        instance = UInt16(kind.rawValue) * 1000 + number
    }

    /// A new surface of the current object.
    mutating func surface(
        _ material: Material, normal: SIMD3<Float>, pattern: SIMD3<Float> = SIMD3(), brightness: Float = 1
    ) -> UInt16 {
        precondition(surfaces.count < Int(UInt16.max), "Mesh: more than 65535 surfaces in a scene")
        let seed = UInt32(surfaces.count) &* 0x9E37_79B9
        surfaces.append(
            Surface(
                label: label, instance: instance, color: colors.color(of: material, tint: tint) * brightness,
                normal: normal, texture: material.texture, coat: material.rawValue, emission: material.emission,
                isGround: label == ToytownClass.road.rawValue || label == ToytownClass.sidewalk.rawValue
                    || label == ToytownClass.terrain.rawValue,
                pattern: pattern, seed: seed))
        return UInt16(surfaces.count - 1)
    }

    /// A convex polygon on an existing surface.
    mutating func add(_ points: [SIMD3<Float>], surface: UInt16) {
        let first = vertices.count
        vertices += points
        polygons.append(Polygon(vertices: first..<vertices.count, surface: surface))
    }

    /// A convex polygon with a surface of its own, lit from the side the camera sees.
    mutating func face(
        _ points: [SIMD3<Float>], _ material: Material, pattern: SIMD3<Float> = SIMD3(), brightness: Float = 1
    ) {
        var normal = normalized(cross(points[1] - points[0], points[2] - points[0]))
        if dot(normal, cameraPosition - points[0]) < 0 { normal = -normal }
        add(points, surface: surface(material, normal: normal, pattern: pattern, brightness: brightness))
    }

    // MARK: - Shadows

    /// Casts the shadow of a box standing at `frame`: the hull of its footprint and the footprint of its top.
    mutating func castShadow(of frame: Frame, width: Float, height: Float, length: Float) {
        let corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)].map { (x: Float, z: Float) in
            frame.point(x * width / 2, 0, z * length / 2)
        }
        castShadow(of: corners, height: height)
    }

    /// Casts the shadow of an upright prism over `base`.
    mutating func castShadow(of base: [SIMD3<Float>], height: Float) {
        let ground = base.map { SIMD3($0.x, 0, $0.z) }
        shadows.append(ConvexHull.onGround(ground + ground.map { $0 + shadowOffset * height }))
    }

    /// Casts the shadow of a ball in the air.
    mutating func castShadow(ofBallAt center: SIMD3<Float>, radius: Float) {
        let middle = SIMD3(center.x, 0, center.z) + shadowOffset * center.y
        shadows.append(Outline.circle(sides: 10).map { middle + SIMD3($0.x * radius, 0, $0.y * radius) })
    }
}
