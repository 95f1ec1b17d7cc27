import DataLoading
import Datasets
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct JPEGSampleTests {
    private let folder = TemporaryFolder()

    /// One image of 64x128 with a label of its size.
    private func dataset() throws -> GTADataset {
        try FileManager.default.createDirectory(atPath: folder.file("images"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder.file("labels"), withIntermediateDirectories: true)
        var image = RGBImage(height: 64, width: 128, channels: 3, filledWith: 100)
        var labels = LabelMap(height: 64, width: 128, channels: 1, filledWith: 7)
        for y in 0..<64 {
            for x in 0..<128 {
                image[y, x, 0] = UInt8(x)
                image[y, x, 1] = UInt8(x * 37 % 256)
                if x >= 64 { labels[y, x] = 8 }
            }
        }
        try ImageCodec.writeJPEG(image, to: folder.file("images/1.jpg"))
        try ImageCodec.writePNG(labels, to: folder.file("labels/1.png"))
        return try GTADataset(root: folder.path, split: .train)
    }

    /// The whole image, resized to 16x32.
    private func sample(reducesJPEG: Bool) throws -> Sample {
        let input = SampleReader.Input(
            try dataset(), resize: .fitting(height: 16, width: 32), reducesJPEG: reducesJPEG)
        let reader = SampleReader(
            source: input, target: input,
            plan: SamplePlan(seed: 1, globalBatch: 1, sourceCount: 1, targetCount: 1, flipProbability: 0),
            cropPlan: CropPlan(seed: 1, height: 16, width: 32),
            margins: .image(ImageMargins(top: 4, bottom: 0, left: 0, right: 0)),
            store: try SharedSampleStore(itemCount: 2, capacityBytes: 1 << 16))
        let source = try reader.sample(.source, step: 0, slot: 0)
        let target = try reader.sample(.target, step: 0, slot: 0)
        #expect(target.image == source.image)
        // Four rows of the file are one of the sample.
        let validity = try #require(target.validity).pixels
        #expect(validity.prefix(32).allSatisfy { $0 == 0 } && validity.dropFirst(32).allSatisfy { $0 == 1 })
        return source
    }

    @Test func aReducedImageStillFitsItsLabels() throws {
        let sample = try sample(reducesJPEG: true)
        let quarter = try ImageCodec.readRGB(folder.file("images/1.jpg"), reduction: 4)
        #expect(sample.image == quarter)
        let row = try #require(sample.labels).pixels.prefix(32)
        #expect(row.prefix(16).allSatisfy { $0 == 0 } && row.suffix(16).allSatisfy { $0 == 1 })
    }

    @Test func fullQualityIsTheWholeImageResized() throws {
        let sample = try sample(reducesJPEG: false)
        let whole = try ImageCodec.readRGB(folder.file("images/1.jpg"))
        #expect(sample.image == whole.resizedBilinear(height: 16, width: 32))
    }
}
