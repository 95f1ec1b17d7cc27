extension ScenePainter {
    /// A body and a cabin pulled out from their side views, with wheels, windows, lights and plates.
    mutating func paintCar(_ object: SceneObject) {
        mesh.begin(.car, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        let belt = height * 0.6
        let body = [
            SIMD2(-length, 0.28), SIMD2(length, 0.28), SIMD2(length, belt * 0.72), SIMD2(length * 0.82, belt * 0.92),
            SIMD2(length * 0.25, belt), SIMD2(-length, belt),
        ]
        mesh.prism(frame, profile: body, from: -width, to: width, .carPaint)
        let style = CabinStyle(variant: object.variant, length: length, belt: belt, height: height)
        let inset = width * 0.88
        mesh.prism(frame, profile: style.outline, from: -inset, to: inset, .carPaint)
        paintCabinWindows(frame, style: style, half: inset)
        for z in [-length * 0.6, length * 0.62] {
            for side: Float in [-1, 1] { paintWheel(frame, side: side, width: width, z: z, radius: 0.33) }
        }
        paintLights(frame, width: width, length: length, height: belt * 0.62)
        mesh.castShadow(of: frame, width: object.size.x, height: height * 0.8, length: object.size.z)
    }

    /// The shape of a cabin: hatchback, saloon or van.
    private struct CabinStyle {
        let outline: [SIMD2<Float>]

        init(variant: Int, length: Float, belt: Float, height: Float) {
            let rear = [-length * 0.98, -length * 0.72, -length * 0.99][variant % 3]
            let roofRear = [-length * 0.78, -length * 0.4, -length * 0.95][variant % 3]
            outline = [
                SIMD2(rear, belt), SIMD2(length * 0.42, belt), SIMD2(length * 0.08, height), SIMD2(roofRear, height),
            ]
        }

        /// The outline drawn in towards its middle: where the side window is.
        var window: [SIMD2<Float>] {
            let middle = outline.reduce(SIMD2(), +) / 4
            return outline.map { SIMD2(middle.x + ($0.x - middle.x) * 0.84, middle.y + ($0.y - middle.y) * 0.72) }
        }
    }

    private mutating func paintCabinWindows(_ frame: Frame, style: CabinStyle, half: Float) {
        for x in [-half - 0.015, half + 0.015] {
            mesh.face(style.window.map { frame.point(x, $0.y, $0.x) }, .glass)
            let pillar = style.window[0].x * 0.4 + style.window[1].x * 0.6 - 0.35
            mesh.sidePanel(
                frame, x: x * 1.01, z: (pillar - 0.05)...(pillar + 0.05),
                y: style.window[0].y...style.window[2].y, .carPaint)
        }
        paintScreen(frame, from: style.outline[1], to: style.outline[2], half: half)
        paintScreen(frame, from: style.outline[0], to: style.outline[3], half: half)
    }

    /// Windscreen or rear window: most of a sloping end of the cabin.
    private mutating func paintScreen(_ frame: Frame, from low: SIMD2<Float>, to high: SIMD2<Float>, half: Float) {
        let outward: Float = low.x > 0 ? 0.02 : -0.02
        let bottom = low + (high - low) * 0.12
        let top = low + (high - low) * 0.88
        mesh.face(
            [
                frame.point(-half * 0.88, bottom.y, bottom.x + outward),
                frame.point(half * 0.88, bottom.y, bottom.x + outward),
                frame.point(half * 0.8, top.y + 0.01, top.x + outward),
                frame.point(-half * 0.8, top.y + 0.01, top.x + outward),
            ], .glass)
    }

    /// A wheel in the side of a vehicle, with a tyre that shows from the front and behind.
    mutating func paintWheel(_ frame: Frame, side: Float, width: Float, z: Float, radius: Float) {
        let outer = side * (width + 0.02)
        mesh.wheelDisc(frame, x: outer, y: radius, z: z, radius: radius, .tyre)
        mesh.wheelDisc(frame, x: outer + side * 0.015, y: radius, z: z, radius: radius * 0.58, .hub, sides: 10)
        let inner = side * (width - 0.24)
        mesh.box(
            frame, from: SIMD3(min(inner, outer), 0, z - radius * 0.8),
            to: SIMD3(max(inner, outer), radius * 1.5, z + radius * 0.8), .tyre)
    }

    /// Head lights ahead, tail lights and plate behind.
    mutating func paintLights(_ frame: Frame, width: Float, length: Float, height: Float) {
        for side: Float in [-1, 1] {
            let near = side * width * 0.62
            let far = side * width * 0.95
            let x = min(near, far)...max(near, far)
            mesh.frontPanel(frame, z: length + 0.02, x: x, y: (height - 0.09)...(height + 0.09), .headlight)
            mesh.frontPanel(frame, z: -length - 0.02, x: x, y: (height - 0.05)...(height + 0.17), .taillight)
        }
        for z in [-length - 0.03, length + 0.03] {
            mesh.frontPanel(frame, z: z, x: -0.27...0.27, y: (height - 0.28)...(height - 0.14), .plate)
            mesh.frontPanel(frame, z: z * 0.999, x: (-width * 0.95)...(width * 0.95), y: 0.26...0.42, .darkPart)
        }
    }
}
