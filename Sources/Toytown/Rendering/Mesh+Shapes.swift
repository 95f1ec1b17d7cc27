internal import Randomness

/// Solids and flat shapes that objects are made of.
extension Mesh {
    /// The faces of a box that the camera can see, between two corners in local axes; no bottom.
    mutating func box(
        _ frame: Frame, from low: SIMD3<Float>, to high: SIMD3<Float>, _ material: Material, top: Material? = nil,
        pattern: SIMD3<Float> = SIMD3()
    ) {
        let profile = [SIMD2(low.z, low.y), SIMD2(high.z, low.y), SIMD2(high.z, high.y), SIMD2(low.z, high.y)]
        prism(frame, profile: profile, from: low.x, to: high.x, material, top: top, pattern: pattern)
    }

    /// A side view pulled out to a solid.
    ///
    /// - Parameters:
    ///   - profile: convex outline in local (z, y), first edge at the bottom, which is not drawn.
    ///   - left: local x of one side.
    ///   - right: local x of the other side.
    ///   - top: material of faces that look mostly upwards.
    mutating func prism(
        _ frame: Frame, profile: [SIMD2<Float>], from left: Float, to right: Float, _ material: Material,
        top: Material? = nil, pattern: SIMD3<Float> = SIMD3()
    ) {
        let near = profile.map { frame.point(left, $0.y, $0.x) }
        let far = profile.map { frame.point(right, $0.y, $0.x) }
        let middle = (near.reduce(SIMD3(), +) + far.reduce(SIMD3(), +)) / Float(2 * profile.count)
        outerFace(near, of: middle, material, pattern: pattern)
        outerFace(far, of: middle, material, pattern: pattern)
        for index in 1..<profile.count {
            let next = (index + 1) % profile.count
            let isTop = abs(profile[next].y - profile[index].y) < 0.4 * abs(profile[next].x - profile[index].x)
            outerFace(
                [near[index], near[next], far[next], far[index]], of: middle, isTop ? top ?? material : material,
                pattern: pattern)
        }
    }

    /// A face of a solid around `middle`, left out when it looks away from the camera.
    private mutating func outerFace(
        _ points: [SIMD3<Float>], of middle: SIMD3<Float>, _ material: Material, pattern: SIMD3<Float>
    ) {
        var normal = normalized(cross(points[1] - points[0], points[2] - points[0]))
        if dot(normal, points[0] - middle) < 0 { normal = -normal }
        guard dot(normal, cameraPosition - points[0]) > 0 else { return }
        add(points, surface: surface(material, normal: normal, pattern: pattern))
    }

    /// A rectangle of the plane `x = side` in local axes.
    mutating func sidePanel(
        _ frame: Frame, x: Float, z: ClosedRange<Float>, y: ClosedRange<Float>, _ material: Material
    ) {
        face(
            [
                frame.point(x, y.lowerBound, z.lowerBound), frame.point(x, y.lowerBound, z.upperBound),
                frame.point(x, y.upperBound, z.upperBound), frame.point(x, y.upperBound, z.lowerBound),
            ], material)
    }

    /// A rectangle of the plane `z = front` in local axes.
    mutating func frontPanel(
        _ frame: Frame, z: Float, x: ClosedRange<Float>, y: ClosedRange<Float>, _ material: Material
    ) {
        face(
            [
                frame.point(x.lowerBound, y.lowerBound, z), frame.point(x.upperBound, y.lowerBound, z),
                frame.point(x.upperBound, y.upperBound, z), frame.point(x.lowerBound, y.upperBound, z),
            ], material)
    }

    /// A stick between two points: a strip that always turns its broad side to the camera.
    mutating func limb(
        from start: SIMD3<Float>, to end: SIMD3<Float>, width: Float, endWidth: Float? = nil, _ material: Material
    ) {
        let view = cameraPosition - (start + end) / 2
        let side = normalized(cross(end - start, view))
        let a = side * (width / 2)
        let b = side * ((endWidth ?? width) / 2)
        add([start - a, start + a, end + b, end - b], surface: surface(material, normal: roundNormal(view)))
    }

    /// A ball: a polygon that faces the camera.
    mutating func ball(
        at center: SIMD3<Float>, radius: Float, _ material: Material, sides: Int = 8, brightness: Float = 1
    ) {
        let (right, up) = screenAxes(at: center)
        let points = Outline.circle(sides: sides).map { center + (right * $0.x + up * $0.y) * radius }
        add(
            points,
            surface: surface(material, normal: roundNormal(cameraPosition - center), brightness: brightness))
    }

    /// A clump of leaves: a ball with a ragged outline.
    ///
    /// - Parameter raggedness: how much the radius varies, `0...1`.
    mutating func clump(
        at center: SIMD3<Float>, radius: Float, _ material: Material, raggedness: Float, brightness: Float,
        using random: inout RandomStream
    ) {
        let (right, up) = screenAxes(at: center)
        let surface = surface(material, normal: roundNormal(cameraPosition - center), brightness: brightness)
        let outline = Outline.circle(sides: 13).map { direction in
            let reach = radius * (1 - raggedness * random.uniform())
            return center + (right * direction.x + up * direction.y) * reach
        }
        for index in outline.indices {
            add([center, outline[index], outline[(index + 1) % outline.count]], surface: surface)
        }
    }

    /// A disc in the local plane `x = side`.
    mutating func wheelDisc(
        _ frame: Frame, x: Float, y: Float, z: Float, radius: Float, _ material: Material, sides: Int = 12
    ) {
        face(Outline.circle(sides: sides).map { frame.point(x, y + $0.y * radius, z + $0.x * radius) }, material)
    }

    private func screenAxes(at point: SIMD3<Float>) -> (right: SIMD3<Float>, up: SIMD3<Float>) {
        let view = normalized(cameraPosition - point)
        let right = normalized(cross(SIMD3(0, 1, 0), view))
        return (right, cross(view, right))
    }

    /// The mean normal of a round thing's visible half, leaning upwards as it is mostly lit from above.
    private func roundNormal(_ view: SIMD3<Float>) -> SIMD3<Float> {
        normalized(normalized(view) + SIMD3(0, 0.6, 0))
    }
}
