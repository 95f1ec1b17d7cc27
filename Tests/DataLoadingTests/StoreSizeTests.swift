import Annotations
import DataLoading
import Datasets
import ImageIO
import Testing
import _TestSupport

/// Files of one size without labels; decoding is left to the caller.
private struct FileNames: SegmentationDataset {
    let name = "files"
    let labelSpace = LabelSpace.cityscapes19
    let samples: [SegmentationSample]

    func loadImage(_ index: Int) throws(DatasetError) -> RGBImage {
        RGBImage(height: 10, width: 20, channels: 3, filledWith: UInt8(index))
    }
    func loadLabels(_ index: Int) throws(DatasetError) -> LabelMap {
        LabelMap(height: 10, width: 20, channels: 1, filledWith: 0)
    }
}

@Suite struct StoreSizeTests {
    private func record(_ index: Int) -> SampleRecord {
        SampleRecord(
            image: RGBImage(height: 10, width: 20, channels: 3, filledWith: UInt8(index)),
            annotation: Annotation(classes: LabelMap(height: 10, width: 20, channels: 1, filledWith: 0)),
            fileHeight: 10,
            fileWidth: 20)
    }

    private func evicted(budgetBytes: Int) throws -> Int {
        let folder = TemporaryFolder()
        try ImageCodec.writePNG(RGBImage(height: 10, width: 20, channels: 3, filledWith: 1), to: folder.file("a.png"))
        let input = SampleReader.Input(
            FileNames(samples: (0..<30).map { SegmentationSample(name: "\($0)", imagePath: folder.file("a.png")) }))
        let store = try SharedSampleStore(source: input, target: nil, budgetBytes: budgetBytes)
        for _ in 0..<2 {
            for item in 0..<30 { try store.withRecord(item, decode: { self.record(item) }) { _ in } }
        }
        return store.statistics.evicted
    }

    @Test func aLargeBudgetIsTakenOnlyAsFarAsTheImagesNeed() throws {
        // A store of this size could not be had.
        #expect(try evicted(budgetBytes: 1 << 50) == 0)
    }

    @Test func aSmallBudgetIsKept() throws {
        #expect(try evicted(budgetBytes: 10 * 832) > 0)
    }
}
