import TensorEngine
import Testing
import _TestSupport

@Suite struct RegionAlignmentTests {
    static let cases: [String: (strides: [Int], size: Int)] = [
        "levels": ([4, 8, 16], 7), "odd": ([4], 3), "many_samples": ([2], 2),
    ]

    /// Sample by sample, from the published formula.
    @Test(arguments: cases.keys.sorted()) func valuesAndGradientsAgreeWithSamplesOneByOne(_ name: String) throws {
        let (strides, size) = try #require(Self.cases[name])
        let golden = try GoldenOperation("regions", name)
        let regions = Self.regions(try golden.tensor("regions"))
        try golden.expect(inputs: strides.indices.map { "map\($0)" }, tolerance: sumTolerance) {
            Tensor.roiAligned($0, strides: strides, regions: regions, size: size)
        }
    }

    /// Rows of image, map, x1, y1, x2, y2.
    private static func regions(_ table: Tensor) -> [RegionOfInterest] {
        let values = table.values()
        return (0..<table.shape[0]).map { index in
            let row = Array(values[6 * index..<6 * index + 6])
            return RegionOfInterest(
                image: Int32(row[0]), level: Int32(row[1]), x1: row[2], y1: row[3], x2: row[4], y2: row[5])
        }
    }

    private func region(_ x1: Float, _ y1: Float, _ x2: Float, _ y2: Float, image: Int32 = 0, level: Int32 = 0)
        -> RegionOfInterest
    {
        RegionOfInterest(image: image, level: level, x1: x1, y1: y1, x2: x2, y2: y2)
    }

    @Test func gradientsAgreeWithDifferences() {
        let maps = [pseudoRandomTensor([2, 4, 5, 2], seed: 1), pseudoRandomTensor([2, 2, 3, 2], seed: 2)]
        let regions = [
            region(1, 2, 13, 11), region(-3, 0, 9, 30, image: 1), region(4, 5, 9, 6, level: 1),
            region(2, 3, 14, 12),
        ]
        checkGradients(maps) { Tensor.roiAligned($0, strides: [4, 8], regions: regions, size: 3) }
    }

    @Test func noRegionsGiveNoBinsAndNoGradient() {
        let map = Tensor.ones([1, 4, 4, 3]).trackingGradient()
        let bins = Tensor.roiAligned([map], strides: [4], regions: [], size: 7)
        #expect(bins.shape == [0, 7, 7, 3])
        (bins.sum() + map.sum()).backward()
        #expect(map.gradient?.values() == [Float](repeating: 1, count: 48))
    }

    @Test func onlyMapsThatAreReadHaveAGradient() {
        let maps = [4, 2].map { Tensor.ones([1, $0, $0, 3]).trackingGradient() }
        Tensor.roiAligned(maps, strides: [4, 8], regions: [region(0, 0, 8, 8, level: 1)], size: 2).sum().backward()
        #expect(maps[0].gradient == nil)
        #expect(maps[1].gradient.map { abs($0.sum().item() - 12) < 1e-5 } == true)
    }

    /// The mean of a constant is the constant wherever all samples lie on the map or within a cell of it, whatever the
    /// size; beyond it is 0.
    @Test func constantMapsStayConstantInsideAndAreZeroOutside() {
        let map = Tensor.ones([1, 5, 6, 1])
        func bins(_ box: RegionOfInterest) -> [Float] {
            Tensor.roiAligned([map], strides: [1], regions: [box], size: 2).values()
        }
        #expect(bins(region(0, 0, 6, 5)).allSatisfy { abs($0 - 1) < 1e-6 })
        #expect(bins(region(0.4, 0.2, 5.7, 4.9)).allSatisfy { abs($0 - 1) < 1e-6 })
        #expect(bins(region(20, 20, 24, 24)) == [0, 0, 0, 0])
        #expect(bins(region(3, 3, 3, 3)) == [0, 0, 0, 0])
        // Of a million cells an axis six and five lie on the map, and one and two more just before and after it.
        let share = bins(region(-500_000, -500_000, 500_000, 500_000)).reduce(0, +)
        #expect(share > 0 && share < 1e-9)
        #expect(bins(region(-1e30, -1e30, 1e30, 1e30)).allSatisfy { $0.isFinite })
        #expect(bins(region(0, .nan, 4, 4)).allSatisfy { $0.isNaN })
        #expect(bins(region(0, 0, .infinity, 4)).allSatisfy { $0.isNaN })
    }

    @Test func regionsOfMapsOrImagesThatAreNotThereStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let box = RegionOfInterest(image: 2, level: 0, x1: 0, y1: 0, x2: 1, y2: 1)
            _ = Tensor.roiAligned([Tensor.zeros([2, 4, 4, 3])], strides: [4], regions: [box], size: 7)
        }
        await #expect(processExitsWith: .failure) {
            let box = RegionOfInterest(image: 0, level: 1, x1: 0, y1: 0, x2: 1, y2: 1)
            _ = Tensor.roiAligned([Tensor.zeros([2, 4, 4, 3])], strides: [4], regions: [box], size: 7)
        }
    }
}
