import Annotations
import Detection
import Randomness
import Testing
import WeightFiles
import _TestSupport

private func sample(_ bitmap: MaskBitmap, at points: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: points.count / 2) { values, count in
        points.withUnsafeBufferPointer {
            bitmap.sample(at: $0, into: UnsafeMutableBufferPointer(rebasing: values[..<(points.count / 2)]))
        }
        count = points.count / 2
    }
}

struct PointSamplerTests {
    private let fixture: SafeTensorsFile
    private let sampler = PointSampler(count: 40, oversampling: 3, uncertainShare: 0.75)

    init() throws { fixture = try SafeTensorsFile(Fixture.path("detection/points.safetensors")) }

    @Test func masksHaveTheValuesOfGridSample() throws {
        let bits = try fixture.bytes("masks")
        let (points, values) = (try fixture.floats("points"), try fixture.floats("values"))
        for number in 0..<4 {
            let pixels = bits[number * 37 * 53..<(number + 1) * 37 * 53].enumerated().filter { $0.element == 1 }
            let mask = ObjectMask(
                pixels.map { PixelRun(row: $0.offset / 53, start: $0.offset % 53, end: $0.offset % 53 + 1) })
            let found = sample(
                MaskBitmap(mask, height: 37, width: 53), at: Array(points[number * 1000..<(number + 1) * 1000]))
            for (place, value) in found.enumerated() {
                // Coordinates of 53 pixels in single precision.
                #expect(abs(value - values[number * 500 + place]) < 1e-5, "mask \(number), point \(place)")
            }
        }
    }

    @Test func pointsBeyondTheImageAreZeroAndCornersAQuarter() {
        let mask = ObjectMask([PixelRun(row: 0, start: 0, end: 2), PixelRun(row: 1, start: 0, end: 2)])
        let bitmap = MaskBitmap(mask, height: 2, width: 2)
        #expect(sample(bitmap, at: [0, 0, 1, 1, 0.5, 0.5, -2, 0.5, 0.5, 3, 0.25, 0]) == [0.25, 0.25, 1, 0, 0, 0.5])
        #expect(sample(MaskBitmap(ObjectMask(), height: 2, width: 2), at: [0.5, 0.5]) == [0])
    }

    private func chosen(_ mask: Int) throws -> [[Float]] {
        let (candidates, fresh) = (try fixture.floats("candidates"), try fixture.floats("fresh"))
        let logits = try fixture.floats("logits")
        let points = sampler.points(
            of: Array(candidates[mask * 240..<(mask + 1) * 240]), logits: logits[mask * 120..<(mask + 1) * 120],
            fresh: Array(fresh[mask * 20..<(mask + 1) * 20]))
        return stride(from: 0, to: points.count, by: 2).map { [points[$0], points[$0 + 1]] }
    }

    @Test func uncertainPointsAreThoseOfTransformers() throws {
        let expected = try fixture.floats("chosen")
        func sorted(_ points: some Sequence<[Float]>) -> [[Float]] {
            points.sorted { $0.lexicographicallyPrecedes($1) }
        }
        for mask in 0..<3 {
            let found = try chosen(mask)
            let points = (0..<40).map { [expected[(mask * 40 + $0) * 2], expected[(mask * 40 + $0) * 2 + 1]] }
            #expect(sorted(found.prefix(30)) == sorted(points.prefix(30)))
            #expect(Array(found.suffix(10)) == Array(points.suffix(10)))
        }
    }

    @Test func theFirstOfEquallyUncertainPointsAreKept() {
        let sampler = PointSampler(count: 4, oversampling: 2, uncertainShare: 0.5)
        let candidates = (0..<16).map { Float($0) / 16 }
        func kept(_ logits: [Float]) -> [Float] {
            Array(sampler.points(of: candidates, logits: logits[...], fresh: [9, 9, 8, 8]).prefix(4).map { $0 * 8 })
        }
        #expect(kept([Float](repeating: 1, count: 8)) == [0, 0.5, 1, 1.5])
        #expect(kept([5, -1, 1, 1, 3, -0.5, 7, 1]) == [1, 1.5, 5, 5.5])
        #expect(kept([5, 4, .nan, 3, .infinity, 1, 2, -.infinity]) == [2, 2.5, 5, 5.5])
        #expect(kept([5, 4, 4, 4, 4, 4, -0.0, 0]) == [6, 6.5, 7, 7.5])
    }

    @Test func theChosenAreTheFirstOfAStableOrder() {
        var random = RandomStream(seed: 2, "logits")
        for digits in [Float(0x1p-22), 0.001, 1] {
            // Many equal ones, and many that differ in their last bits alone.
            let logits = (0..<120).map { _ in 1 + (random.uniform() * 8).rounded(.down) * digits }
            let candidates = (0..<240).map { Float($0 / 2) }
            let order = logits.indices.sorted { (logits[$0], $0) < (logits[$1], $1) }.prefix(30).sorted()
            let found = sampler.points(of: candidates, logits: logits[...], fresh: [Float](repeating: 0, count: 20))
            #expect(stride(from: 0, to: 60, by: 2).map { Int(found[$0]) } == order)
        }
    }

    @Test func thePublishedCountsAreTheAuthors() {
        let sampler = PointSampler(count: 12_544, oversampling: 3, uncertainShare: 0.75)
        #expect([sampler.candidateCount, sampler.uncertainCount, sampler.freshCount] == [37_632, 9_408, 3_136])
    }

    @Test(arguments: [Float(0), 1])
    func allOrNonePointsMayBeChosen(_ share: Float) {
        let sampler = PointSampler(count: 3, oversampling: 1, uncertainShare: share)
        let fresh = [Float](repeating: 0.5, count: 2 * sampler.freshCount)
        let candidates: [Float] = [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]
        let points = sampler.points(of: candidates, logits: [3, 2, 1], fresh: fresh)
        #expect(points == (share == 1 ? candidates : fresh))
    }

    @Test func uniformPointsFillTheUnitSquare() {
        var random = RandomStream(seed: 1, "points")
        let points = PointSampler.uniform(20_000, using: &random)
        #expect(points.count == 40_000 && points.allSatisfy { (0..<1).contains($0) })
        for axis in 0..<2 {
            let values = stride(from: axis, to: 40_000, by: 2).map { points[$0] }
            let mean = values.reduce(0, +) / 20_000
            // Standard deviation of the mean: 0.29 / sqrt(20000) = 0.002.
            #expect(abs(mean - 0.5) < 0.01)
        }
    }
}
