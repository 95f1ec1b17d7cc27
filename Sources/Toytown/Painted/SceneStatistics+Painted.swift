internal import Glibc
internal import Randomness

extension SceneStatistics {
    /// Streets of any town, drawn anew for every scene: wider ranges than any other domain's, from empty to crowded and
    /// from close by to far away.
    static func painted(using random: inout RandomStream) -> SceneStatistics {
        /// `typical` times a factor between 1/spread and spread.
        func around(_ typical: Float, spread: Float = 1.8) -> Float {
            typical * expf(random.uniform(in: -1...1) * logf(spread))
        }
        func exactly(_ range: ClosedRange<Float>) -> ClosedRange<Float> {
            let value = random.uniform(in: range)
            return value...value
        }
        let houses = random.uniform(in: 5...14)
        return SceneStatistics(
            cameraHeight: exactly(1.0...2.6), cameraPitch: exactly(-0.03...0.12), cameraYaw: 0.16,
            fieldOfView: exactly(0.85...1.6), laneWidth: exactly(2.7...4), extraLane: 0.35, parkingLane: 0.55,
            verge: 0.45, sidewalkWidth: exactly(1.6...5),
            buildingHeight: houses...(houses + random.uniform(in: 3...14)),
            openPlot: random.uniform(in: 0.25...0.85), crossing: 0.55, persons: around(1.9), trees: around(0.5),
            signs: around(0.8), lamps: around(0.45), cycles: around(1.1), traffic: around(0.34), parked: around(0.48),
            tram: 0.5)
    }
}
