import TensorEngine
import Testing
import WeightFiles
import _TestSupport

@Suite struct PointSamplingTests {
    @Test(arguments: ["rows", "shared", "tiny"]) func valuesAndGradientsAgreeWithPyTorch(_ name: String) throws {
        let golden = try GoldenOperation("point_samples", name)
        let points = try golden.tensor("points")
        let maps = try golden.file.integers("\(name).maps").map { Int32($0) }
        try golden.expect(tolerance: sumTolerance) { $0[0].sampledBilinear(points: points, maps: maps) }
    }

    @Test func gradientsAgreeWithDifferences() {
        let points = pseudoRandomTensor([3, 8, 2], seed: 1, in: -0.2...1.2)
        checkGradients([pseudoRandomTensor([2, 3, 5], seed: 2)]) {
            $0[0].sampledBilinear(points: points, maps: [1, 1, 0])
        }
    }

    /// As many points as are cut into parts for threads, one by one the same.
    @Test func longRowsAgreeWithShortOnes() {
        let map = pseudoRandomTensor([1, 9, 8], seed: 1)
        let points = pseudoRandomTensor([1, 40_000, 2], seed: 2, in: -0.1...1.1)
        let whole = map.sampledBilinear(points: points, maps: [0]).values()
        let parts = map.sampledBilinear(
            points: points.reshaped([100, 400, 2]), maps: [Int32](repeating: 0, count: 100))
        #expect(whole == parts.values())
    }

    @Test func cellsAreReadInTheirMiddles() {
        let map = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3])
        let points = Tensor([1 / 6.0, 0.25, 0.5, 0.5, 5 / 6.0, 0.75, 0, 0.25, 0.5, -3, .nan, 0.5], shape: [1, 6, 2])
        let samples = map.sampledBilinear(points: points, maps: [0]).values()
        expectClose(Array(samples.prefix(5)), [1, 3.5, 6, 0.5, 0], tolerance: 1e-6)
        #expect(samples[5].isNaN)
    }

    @Test func noRowsGiveNothingAndMapsThatNobodyReadGetZeros() {
        let maps = Tensor.ones([2, 2, 2]).trackingGradient()
        let none = maps.sampledBilinear(points: Tensor.zeros([0, 5, 2]), maps: [])
        #expect(none.shape == [0, 5])
        maps.sampledBilinear(points: Tensor([0.25, 0.25], shape: [1, 1, 2]), maps: [1]).sum().backward()
        #expect(maps.gradient?.values() == [0, 0, 0, 0, 1, 0, 0, 0])
    }

    @Test func aMapThatIsNotThereStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor.ones([2, 2, 2]).sampledBilinear(points: Tensor.zeros([1, 1, 2]), maps: [2])
        }
    }
}
