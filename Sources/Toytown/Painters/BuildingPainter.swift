internal import Randomness

/// Houses, and the walls, fences and hedges between them.
extension ScenePainter {
    /// A block with rows of windows; low ones may have a gable roof.
    mutating func paintBuilding(_ object: SceneObject, using random: inout RandomStream) {
        mesh.begin(.building, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        let windows = SIMD3(
            random.uniform(in: 1.9...3.4), random.uniform(in: 2.8...3.5), random.uniform(in: 3.0...4.2))
        mesh.box(
            frame, from: SIMD3(-width, 0, -length), to: SIMD3(width, height, length), .facade, top: .roof,
            pattern: windows)
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
        if height < 12 && random.uniform() < 0.6 {
            paintGable(frame, width: width + 0.4, length: length + 0.3, eaves: height, using: &random)
        } else {
            let lip = SIMD3(width + 0.25, height + 0.5, length + 0.15)
            mesh.box(frame, from: SIMD3(-lip.x, height - 0.1, -lip.z), to: lip, .roof)
        }
    }

    private mutating func paintGable(
        _ frame: Frame, width: Float, length: Float, eaves: Float, using random: inout RandomStream
    ) {
        let ridge = eaves + random.uniform(in: 2...4)
        for end: Float in [-length, length] {
            mesh.face(
                [frame.point(-width, eaves, end), frame.point(width, eaves, end), frame.point(0, ridge, end)], .roof)
        }
        for side: Float in [-width, width] {
            mesh.face(
                [
                    frame.point(side, eaves, -length), frame.point(side, eaves, length),
                    frame.point(0, ridge, length), frame.point(0, ridge, -length),
                ], .roof)
        }
    }

    /// Masonry, closed, with a cap stone.
    mutating func paintWall(_ object: SceneObject) {
        mesh.begin(.wall, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        mesh.box(frame, from: SIMD3(-width, 0, -length), to: SIMD3(width, height, length), .brickWall)
        mesh.box(
            frame, from: SIMD3(-width - 0.08, height, -length), to: SIMD3(width + 0.08, height + 0.14, length),
            .capStone)
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
    }

    /// Planks or bars between posts that stand out above them. The gaps belong to the fence, as annotators draw it.
    mutating func paintFence(_ object: SceneObject) {
        mesh.begin(.fence, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        mesh.box(frame, from: SIMD3(-width, 0, -length), to: SIMD3(width, height, length), .fence)
        let postCount = max(2, Int(object.size.z / 2.4))
        for post in 0...postCount {
            let z = -length + object.size.z * Float(post) / Float(postCount)
            mesh.box(
                frame, from: SIMD3(-width - 0.07, 0, z - 0.09), to: SIMD3(width + 0.07, height + 0.25, z + 0.09),
                .fencePost)
        }
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
    }

    mutating func paintHedge(_ object: SceneObject, using random: inout RandomStream) {
        mesh.begin(.vegetation, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        mesh.box(frame, from: SIMD3(-width, 0, -length), to: SIMD3(width, height, length), .hedge)
        var z = -length
        while z < length {
            mesh.clump(
                at: frame.point(0, height, z), radius: width * 0.9, .hedge, raggedness: 0.4,
                brightness: random.uniform(in: 0.9...1.15), using: &random)
            z += 0.7
        }
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
    }
}
