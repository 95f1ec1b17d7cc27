/// Trucks, buses and trains.
extension ScenePainter {
    /// A cab and, behind it, a higher box.
    mutating func paintTruck(_ object: SceneObject) {
        mesh.begin(.truck, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        let cabHeight = min(height - 0.35, 2.65)
        let cabBack = length - 2.0
        let cab = [
            SIMD2(cabBack, 0.45), SIMD2(length, 0.45), SIMD2(length, cabHeight * 0.55),
            SIMD2(length - 0.3, cabHeight), SIMD2(cabBack, cabHeight),
        ]
        mesh.prism(frame, profile: cab, from: -width * 0.96, to: width * 0.96, .truckCab)
        let low = SIMD2(length, cabHeight * 0.55)
        let high = SIMD2(length - 0.3, cabHeight)
        mesh.face(
            [(-0.85, 0.1), (0.85, 0.1), (0.82, 0.85), (-0.82, 0.85)].map { (x: Float, t: Float) in
                let point = low + (high - low) * t
                return frame.point(x * width, point.y, point.x + 0.03)
            }, .glass)
        for x in [-width * 0.98, width * 0.98] {
            mesh.sidePanel(
                frame, x: x, z: (cabBack + 0.5)...(length - 0.35), y: (cabHeight * 0.58)...(cabHeight * 0.9), .glass)
        }
        mesh.box(frame, from: SIMD3(-width, 0.85, -length), to: SIMD3(width, height, cabBack - 0.25), .cargo)
        mesh.box(frame, from: SIMD3(-width * 0.7, 0.45, -length), to: SIMD3(width * 0.7, 0.9, cabBack), .darkPart)
        mesh.frontPanel(frame, z: -length - 0.02, x: -0.03...0.03, y: 0.9...height, .darkPart)
        for z in [length - 1, -length * 0.45, -length * 0.45 - 1.05] {
            for side: Float in [-1, 1] { paintWheel(frame, side: side, width: width * 0.98, z: z, radius: 0.48) }
        }
        paintLights(frame, width: width, length: length, height: 0.72)
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
    }

    /// One long box with a band of windows, doors and a lit destination.
    mutating func paintBus(_ object: SceneObject) {
        mesh.begin(.bus, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        mesh.box(frame, from: SIMD3(-width, 0.3, -length), to: SIMD3(width, height, length), .busPaint)
        let band = (height * 0.45)...(height * 0.82)
        paintWindowBand(frame, x: width + 0.02, from: -length + 0.4, to: length - 0.4, band: band, pitch: 1.5)
        for x in [-width - 0.03, width + 0.03] {
            for z in [length - 1.6, -0.4] {
                mesh.sidePanel(frame, x: x, z: z...(z + 1.0), y: 0.4...(height * 0.84), .glass)
            }
        }
        let across = (-width * 0.9)...(width * 0.9)
        mesh.frontPanel(frame, z: length + 0.02, x: across, y: (height * 0.36)...(height * 0.84), .glass)
        mesh.frontPanel(frame, z: -length - 0.02, x: across, y: (height * 0.48)...(height * 0.8), .glass)
        for z in [length + 0.03, -length - 0.03] {
            mesh.frontPanel(
                frame, z: z, x: (-width * 0.6)...(width * 0.6), y: (height * 0.87)...(height * 0.96), .lampYellow)
        }
        for z in [length * 0.62, -length * 0.6] {
            for side: Float in [-1, 1] { paintWheel(frame, side: side, width: width, z: z, radius: 0.48) }
        }
        paintLights(frame, width: width, length: length, height: 0.75)
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
    }

    /// A tram: joined cars with sloping ends, a stripe, skirts down to the rails and a current collector.
    mutating func paintTrain(_ object: SceneObject) {
        mesh.begin(.train, tint: object.tint)
        let frame = Frame(object)
        let (width, height, length) = (object.size.x / 2, object.size.y, object.size.z / 2)
        let body = [
            SIMD2(-length, 0.12), SIMD2(length, 0.12), SIMD2(length + 0.15, 1.2), SIMD2(length - 0.7, height),
            SIMD2(-length + 0.7, height), SIMD2(-length - 0.15, 1.2),
        ]
        mesh.prism(frame, profile: body, from: -width, to: width, .trainPaint)
        let band = (height * 0.45)...(height * 0.8)
        paintWindowBand(frame, x: width + 0.02, from: -length + 0.9, to: length - 0.9, band: band, pitch: 2.1)
        for x in [-width - 0.03, width + 0.03] {
            mesh.sidePanel(frame, x: x, z: -length...length, y: (height * 0.22)...(height * 0.36), .trainStripe)
            for joint: Float in [-0.33, 0.33] {
                mesh.sidePanel(
                    frame, x: x * 1.01, z: (length * joint - 0.3)...(length * joint + 0.3), y: 0.15...height, .darkPart)
            }
        }
        paintTrainEnd(frame, width: width, height: height, end: length, sign: 1)
        paintTrainEnd(frame, width: width, height: height, end: -length, sign: -1)
        mesh.limb(from: frame.point(0, height, 1), to: frame.point(0, height + 0.7, 0), width: 0.12, .darkPart)
        mesh.limb(from: frame.point(0, height + 0.7, 0), to: frame.point(0, height + 1.3, 1), width: 0.12, .darkPart)
        mesh.limb(
            from: frame.point(-0.8, height + 1.3, 1), to: frame.point(0.8, height + 1.3, 1), width: 0.12, .darkPart)
        mesh.castShadow(of: frame, width: object.size.x, height: height, length: object.size.z)
    }

    private mutating func paintTrainEnd(_ frame: Frame, width: Float, height: Float, end: Float, sign: Float) {
        let low = SIMD2(end + sign * 0.17, 1.2)
        let high = SIMD2(end - sign * 0.7, height)
        mesh.face(
            [(-0.86, 0.08), (0.86, 0.08), (0.8, 0.72), (-0.8, 0.72)].map { (x: Float, t: Float) in
                let point = low + (high - low) * t
                return frame.point(x * width, point.y, point.x + sign * 0.03)
            }, .glass)
        let z = end + sign * 0.16
        mesh.frontPanel(frame, z: z, x: (-width)...width, y: 0.78...1.1, .trainStripe)
        for side: Float in [-1, 1] {
            let x = side * width * 0.7
            mesh.frontPanel(
                frame, z: z + sign * 0.02, x: (x - 0.2)...(x + 0.2), y: 0.5...0.72, sign > 0 ? .headlight : .taillight)
        }
    }

    /// Windows along both sides, `pitch` metres apart.
    private mutating func paintWindowBand(
        _ frame: Frame, x: Float, from start: Float, to end: Float, band: ClosedRange<Float>, pitch: Float
    ) {
        let count = max(1, Int((end - start) / pitch))
        let step = (end - start) / Float(count)
        for index in 0..<count {
            let z = start + Float(index) * step
            for side in [-x, x] { mesh.sidePanel(frame, x: side, z: (z + 0.08)...(z + step - 0.08), y: band, .glass) }
        }
    }
}
