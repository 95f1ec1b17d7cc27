import Annotations
import Testing

@testable import Training

/// Classes without objects, for what learns every class as regions.
@Suite struct RegionTests {
    private let batch = TrainingBatch(
        count: 2, height: 2, width: 3, pixels: [Float](repeating: 0, count: 36),
        labels: [0, 0, 11, 1, 0, 255, 13, 13, 13, 255, 255, 13], weights: nil)

    @Test func eachClassWithoutObjectsIsARegionOfItsImage() {
        let regions = batch.regions(of: 0, besides: [11, 13])
        #expect(regions.map(\.trainID) == [0, 1])
        #expect(regions[0].mask.runs == [PixelRun(row: 0, start: 0, end: 2), PixelRun(row: 1, start: 1, end: 2)])
        #expect(regions[1].mask.runs == [PixelRun(row: 1, start: 0, end: 1)])
    }

    @Test func whatIsIgnoredAndWhatHasObjectsIsNone() {
        #expect(batch.regions(of: 1, besides: [11, 13]).isEmpty)
        #expect(batch.regions(of: 1, besides: []).map(\.trainID) == [13])
    }
}
