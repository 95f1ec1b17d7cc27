internal import Datasets
internal import Randomness

/// What streets look like in a domain, before any colour: a real city differs from a simulated one here too.
struct SceneStatistics: Sendable {
    /// Metres.
    var cameraHeight: ClosedRange<Float>
    /// Radians, downwards.
    var cameraPitch: ClosedRange<Float>
    /// Radians, to either side.
    var cameraYaw: Float
    /// Radians.
    var fieldOfView: ClosedRange<Float>
    var laneWidth: ClosedRange<Float>
    /// Chance of a second own and oncoming lane.
    var extraLane: Float
    var parkingLane: Float
    var verge: Float
    var sidewalkWidth: ClosedRange<Float>
    var buildingHeight: ClosedRange<Float>
    /// Chance that a plot is open ground behind a fence, a wall or a hedge.
    var openPlot: Float
    var crossing: Float
    /// Objects for each ten metres of one side.
    var persons: Float
    var trees: Float
    var signs: Float
    var lamps: Float
    var cycles: Float
    /// Chance that a slot of a driving lane is taken.
    var traffic: Float
    /// Chance that a parking slot is taken.
    var parked: Float
    /// Chance of a tram line.
    var tram: Float

    /// The streets of `domain`; those of `painted` are drawn anew for every scene.
    static func sampled(for domain: ToytownDomain, using random: inout RandomStream) -> SceneStatistics {
        switch domain {
        case .render: render
        case .camera, .fog: camera
        case .night: night
        case .painted: painted(using: &random)
        }
    }

    /// A tidy suburb, seen from a van.
    private static let render = SceneStatistics(
        cameraHeight: 1.6...2.1, cameraPitch: 0.02...0.07, cameraYaw: 0.05, fieldOfView: 1.2...1.35,
        laneWidth: 3.2...3.7, extraLane: 0.35, parkingLane: 0.45, verge: 0.45, sidewalkWidth: 2.4...4.0,
        buildingHeight: 6...15, openPlot: 0.55, crossing: 0.6, persons: 1.6, trees: 0.45, signs: 0.65, lamps: 0.4,
        cycles: 0.85, traffic: 0.3, parked: 0.45, tram: 0.5)

    /// A denser, older town, seen from a car.
    private static let camera = SceneStatistics(
        cameraHeight: 1.25...1.7, cameraPitch: 0.0...0.06, cameraYaw: 0.09, fieldOfView: 1.1...1.3,
        laneWidth: 2.9...3.5, extraLane: 0.25, parkingLane: 0.65, verge: 0.4, sidewalkWidth: 2.0...4.5,
        buildingHeight: 8...22, openPlot: 0.5, crossing: 0.5, persons: 1.9, trees: 0.6, signs: 0.75, lamps: 0.45,
        cycles: 1.0, traffic: 0.32, parked: 0.5, tram: 0.48)

    private static var night: SceneStatistics {
        var statistics = camera
        statistics.lamps = 0.8
        statistics.persons = 1.5
        return statistics
    }
}
