import Datasets
import Foundation
import Testing
import _TestSupport

@Suite struct ClassStatisticsTests {
    /// Two images: one with 3 road and 1 sky pixels, one with 2 road, 1 car and 1 ignored pixel.
    private func tree() throws -> (TemporaryFolder, any SegmentationDataset) {
        let folder = try TemporaryFolder()
        for (stem, values) in [("a", [7, 7, 7, 23]), ("b", [7, 7, 26, 0])] as [(String, [UInt8])] {
            try folder.image("leftImg8bit/train/ulm/\(stem)_leftImg8bit.png", height: 1, width: 4)
            try folder.labels("gtFine/train/ulm/\(stem)_gtFine_labelIds.png", values)
        }
        return (folder, try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train))
    }

    @Test func pixelsAreCountedWithoutIgnoredOnes() throws {
        let (folder, dataset) = try tree()
        let statistics = try withExtendedLifetime(folder) { try ClassStatistics(counting: dataset) }
        let counts: [[Int: Int]] = [[0: 3, 10: 1], [0: 2, 13: 1]]
        #expect(statistics.images.map(\.pixelCounts) == counts)
        #expect(statistics.pixelCounts[0] == 5)
        #expect(statistics.frequencies[0] == 5.0 / 7)
        #expect(statistics.frequencies[1] == 0)
        #expect(statistics.images(with: 0, moreThan: 2) == [0])
        #expect(statistics.images(with: 0, moreThan: 1) == [0, 1])
    }

    @Test func probabilitiesAreTheSoftmaxOfRarity() throws {
        let (folder, dataset) = try tree()
        let statistics = try withExtendedLifetime(folder) { try ClassStatistics(counting: dataset) }
        // Road 5/7, sky and car 1/7: weights exp(-4/7 / 0.5), 1, 1.
        let road = exp(-4.0 / 7 / 0.5)
        let probabilities = statistics.samplingProbabilities(temperature: 0.5)
        #expect(abs(probabilities[0] - road / (road + 2)) < 1e-12)
        #expect(abs(probabilities[10] - 1 / (road + 2)) < 1e-12)
        #expect(probabilities[10] == probabilities[13])
        #expect(probabilities[1] == 0)
    }

    @Test func withoutLabelledPixelsNothingIsProbable() {
        let empty = ClassStatistics(labelSpace: .camvid11, images: [])
        #expect(empty.samplingProbabilities() == [Double](repeating: 0, count: 11))
    }

    @Test func emptyLabelsAndAbsentClassesAreTold() throws {
        let folder = try TemporaryFolder()
        for (stem, values) in [("a", [0, 0]), ("b", [7, 26]), ("c", [255, 1])] as [(String, [UInt8])] {
            try folder.image("images/\(stem).png", height: 1, width: 2)
            try folder.labels("labels/\(stem).png", values)
        }
        let statistics = try ClassStatistics(counting: DatasetRegistry.open(.gta, root: folder.path, split: .train))
        #expect(statistics.emptyFiles == ["\(folder.path)/labels/a.png", "\(folder.path)/labels/c.png"])
        #expect(statistics.absentClasses == (0..<19).filter { $0 != 0 && $0 != 13 })
        #expect(statistics.classNotice(of: "x")?.hasPrefix("x: no label has a pixel of sidewalk, building,") == true)
        let road = ClassStatistics(labelSpace: .cityscapes19, images: [.init(file: "a", pixelCounts: [0: 4])])
        #expect(road.classNotice(of: "x")?.hasPrefix("x: every labelled pixel is road;") == true)
    }
}
