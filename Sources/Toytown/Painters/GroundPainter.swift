/// Road, markings, sidewalks, verges and the grass around.
extension ScenePainter {
    /// Behind the camera enough to fill the picture's lower edge, metres.
    private static let near: Float = -3
    private static let far: Float = 230

    mutating func paintGround(tint: GroundTint) {
        mesh.begin(.terrain, tint: tint.grass)
        ground(x: -260...260, z: Self.near...Self.far, height: -0.03, .grass)
        mesh.begin(.road, tint: tint.road)
        ground(x: street.leftEdge...street.rightEdge, z: Self.near...Self.far, height: 0, .asphalt)
        if let crossing = street.crossing {
            ground(x: -260...260, z: crossing, height: -0.005, .asphalt)
            paintZebra(z: (crossing.lowerBound - 3.2)...(crossing.lowerBound - 0.6))
        }
        paintLaneMarks()
        paintRails()
        paintRoadside(street.left, edge: street.leftEdge, sign: -1, tint: tint)
        paintRoadside(street.right, edge: street.rightEdge, sign: 1, tint: tint)
    }

    private mutating func ground(
        x: ClosedRange<Float>, z: ClosedRange<Float>, height: Float, _ material: Material
    ) {
        mesh.face(
            [
                SIMD3(x.lowerBound, height, z.lowerBound), SIMD3(x.upperBound, height, z.lowerBound),
                SIMD3(x.upperBound, height, z.upperBound), SIMD3(x.lowerBound, height, z.upperBound),
            ], material)
    }

    /// Dashes between lanes of one direction, a line between the directions and along parking lanes.
    private mutating func paintLaneMarks() {
        for (lane, next) in zip(street.lanes, street.lanes.dropFirst()) {
            let x = lane.center + lane.width / 2
            if lane.kind == next.kind {
                for dash in 0..<15 { paintMark(x: x, z: (Float(dash) * 7)...(Float(dash) * 7 + 3)) }
            } else if let crossing = street.crossing {
                paintMark(x: x, z: Self.near...(crossing.lowerBound - 3.6))
                paintMark(x: x, z: crossing.upperBound...120)
            } else {
                paintMark(x: x, z: Self.near...140)
            }
        }
    }

    private mutating func paintMark(x: Float, z: ClosedRange<Float>) {
        ground(x: (x - 0.07)...(x + 0.07), z: z, height: 0.008, .laneMark)
    }

    private mutating func paintZebra(z: ClosedRange<Float>) {
        var x = street.leftEdge + 0.3
        while x + 0.5 < street.rightEdge {
            ground(x: x...(x + 0.5), z: z, height: 0.01, .laneMark)
            x += 1
        }
    }

    private mutating func paintRails() {
        for lane in street.lanes where lane.kind == .tram {
            for offset: Float in [-0.72, 0.72] {
                let x = lane.center + offset
                ground(x: (x - 0.06)...(x + 0.06), z: Self.near...160, height: 0.008, .rail)
            }
        }
    }

    /// Kerb, verge and sidewalk, interrupted by the crossing street.
    private mutating func paintRoadside(_ side: Roadside, edge: Float, sign: Float, tint: GroundTint) {
        var pieces: [ClosedRange<Float>] = [Self.near...Self.far]
        if let crossing = street.crossing {
            pieces = [Self.near...crossing.lowerBound, crossing.upperBound...Self.far]
        }
        for piece in pieces {
            let inner = edge + sign * side.vergeWidth
            let outer = inner + sign * side.sidewalkWidth
            // Just above what lies behind it, so that the stone wins.
            let kerbHeight = side.kerbHeight + 0.005
            mesh.begin(.sidewalk, tint: tint.sidewalk)
            ground(x: min(inner, outer)...max(inner, outer), z: piece, height: side.kerbHeight, .pavement)
            mesh.face(
                [
                    SIMD3(edge, 0, piece.lowerBound), SIMD3(edge, 0, piece.upperBound),
                    SIMD3(edge, kerbHeight, piece.upperBound), SIMD3(edge, kerbHeight, piece.lowerBound),
                ], .kerb)
            let kerbTop = edge + sign * 0.18
            ground(x: min(edge, kerbTop)...max(edge, kerbTop), z: piece, height: kerbHeight, .kerb)
            if side.vergeWidth > 0 {
                mesh.begin(.terrain, tint: tint.grass)
                ground(x: min(kerbTop, inner)...max(kerbTop, inner), z: piece, height: side.kerbHeight, .grass)
            }
        }
    }
}
