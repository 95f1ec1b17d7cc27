internal import Randomness

/// Turns a scene into a mesh: the ground first, then every object by its kind.
struct ScenePainter {
    var mesh: Mesh
    let street: Street

    static func mesh(of scene: ToytownScene, colors: MaterialColors, sunDirection: SIMD3<Float>) -> Mesh {
        let position = SIMD3(0, scene.camera.height, 0)
        var painter = ScenePainter(
            mesh: Mesh(cameraPosition: position, sunDirection: sunDirection, colors: colors), street: scene.street)
        painter.paintGround(tint: GroundTint(seed: scene.seed))
        for (index, object) in scene.objects.enumerated() {
            var random = RandomStream(seed: scene.seed, "toytown-object", step: index)
            painter.paint(object, using: &random)
        }
        return painter.mesh
    }

    private mutating func paint(_ object: SceneObject, using random: inout RandomStream) {
        switch object.kind {
        case .building: paintBuilding(object, using: &random)
        case .wall: paintWall(object)
        case .fence: paintFence(object)
        case .hedge: paintHedge(object, using: &random)
        case .tree: paintTree(object, using: &random)
        case .lamp: paintLamp(object)
        case .pole: paintPole(object)
        case .trafficLight: paintTrafficLight(object)
        case .trafficSign: paintTrafficSign(object)
        case .person: paintPerson(object, using: &random)
        case .bicycle: paintBicycle(object)
        case .motorcycle: paintMotorcycle(object)
        case .cyclist: paintCyclist(object, using: &random)
        case .motorcyclist: paintMotorcyclist(object, using: &random)
        case .car: paintCar(object)
        case .truck: paintTruck(object)
        case .bus: paintBus(object)
        case .train: paintTrain(object)
        }
    }
}

/// Colours of the ground of one scene.
struct GroundTint {
    let road: SIMD3<Float>
    let sidewalk: SIMD3<Float>
    let grass: SIMD3<Float>

    init(seed: UInt64) {
        var random = RandomStream(seed: seed, "toytown-ground")
        func draw() -> SIMD3<Float> { SIMD3(random.uniform(), random.uniform(), random.uniform()) }
        road = draw()
        sidewalk = draw()
        grass = draw()
    }
}
