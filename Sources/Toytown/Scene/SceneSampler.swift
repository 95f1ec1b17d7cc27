internal import Randomness

/// Draws a street: first the ground, then what stands on it, side by side and lane by lane.
struct SceneSampler {
    var random: RandomStream
    let statistics: SceneStatistics
    var objects: [SceneObject] = []

    init(random: RandomStream, statistics: SceneStatistics) {
        self.random = random
        self.statistics = statistics
    }

    /// The scene's geometry and objects.
    mutating func sample() -> ToytownScene {
        let camera = SceneCamera(
            height: random.uniform(in: statistics.cameraHeight),
            pitch: random.uniform(in: statistics.cameraPitch),
            yaw: random.uniform(in: -statistics.cameraYaw...statistics.cameraYaw),
            fieldOfView: random.uniform(in: statistics.fieldOfView))
        let street = sampleStreet()
        addPlots(street, sign: -1)
        addPlots(street, sign: 1)
        addSkyline(street)
        addSidewalk(street, sign: -1)
        addSidewalk(street, sign: 1)
        addTraffic(street)
        if let crossing = street.crossing { addCrossing(street, crossing) }
        return ToytownScene(seed: random.next(), camera: camera, street: street, objects: objects)
    }

    private mutating func sampleStreet() -> Street {
        var kinds: [Street.LaneKind] = []
        if chance(statistics.parkingLane) { kinds.append(.parking) }
        if chance(statistics.tram) { kinds.append(.tram) }
        kinds.append(.oncoming)
        if chance(statistics.extraLane) { kinds.append(.oncoming) }
        let ownIndex = kinds.count
        kinds.append(.own)
        if chance(statistics.extraLane) { kinds.append(.own) }
        if chance(statistics.parkingLane) { kinds.append(.parking) }
        let laneWidth = random.uniform(in: statistics.laneWidth)
        let widths = kinds.map { $0 == .parking ? 2.3 : laneWidth }
        // The camera drives in the middle of the first own lane.
        var edge = -widths[..<ownIndex].reduce(0, +) - widths[ownIndex] / 2 + random.uniform(in: -0.3...0.3)
        var lanes: [Street.Lane] = []
        for (kind, width) in zip(kinds, widths) {
            lanes.append(Street.Lane(kind: kind, center: edge + width / 2, width: width))
            edge += width
        }
        let crossingStart = random.uniform(in: 14...45)
        let crossing = chance(statistics.crossing) ? crossingStart...(crossingStart + random.uniform(in: 7...11)) : nil
        return Street(lanes: lanes, left: sampleRoadside(), right: sampleRoadside(), crossing: crossing)
    }

    private mutating func sampleRoadside() -> Roadside {
        Roadside(
            vergeWidth: chance(statistics.verge) ? random.uniform(in: 1.2...2.5) : 0,
            sidewalkWidth: random.uniform(in: statistics.sidewalkWidth),
            kerbHeight: random.uniform(in: 0.1...0.18))
    }

    // MARK: - What every part draws with

    mutating func chance(_ probability: Float) -> Bool { random.uniform() < probability }

    /// Whether nothing that drives or parks is within `margin` metres of a place on the road.
    func isFree(x: Float, z: Float, margin: Float) -> Bool {
        !objects.contains { object in
            switch object.kind {
            case .car, .truck, .bus, .train:
                abs(object.position.x - x) < object.size.x / 2 + margin * 0.5
                    && abs(object.position.z - z) < object.size.z / 2 + margin
            case .cyclist, .motorcyclist: abs(object.position.x - x) < margin && abs(object.position.z - z) < margin * 2
            default: false
            }
        }
    }

    /// Adds an object with random colours and variant.
    mutating func add(
        _ kind: SceneObject.Kind, x: Float, y: Float = 0, z: Float, yaw: Float = 0, size: SIMD3<Float>
    ) {
        objects.append(
            SceneObject(
                kind: kind, position: SIMD3(x, y, z), yaw: yaw, size: size,
                tint: SIMD3(random.uniform(), random.uniform(), random.uniform()),
                variant: random.integer(below: 1 << 16)))
    }
}
