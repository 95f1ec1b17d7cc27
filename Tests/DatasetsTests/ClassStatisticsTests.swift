import Datasets
import Foundation
import Testing

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
        #expect(statistics.images.map(\.pixelCounts) == [[0: 3, 10: 1], [0: 2, 13: 1]])
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

    @Test func threeFilesHaveTheReferenceFormat() throws {
        let (folder, dataset) = try tree()
        _ = try ClassStatistics.cached(for: dataset, in: folder.path)
        let path = "\(folder.path)/gtFine/train/ulm"
        let (a, b) = ("\(path)/a_gtFine_labelIds.png", "\(path)/b_gtFine_labelIds.png")
        #expect(
            try folder.contents("sample_class_stats.json")
                == #"[{"0":3,"10":1,"file":"\#(a)"},{"0":2,"13":1,"file":"\#(b)"}]"#)
        #expect(
            try folder.contents("sample_class_stats_dict.json")
                == #"{"\#(a)":{"0":3,"10":1},"\#(b)":{"0":2,"13":1}}"#)
        #expect(
            try folder.contents("samples_with_class.json")
                == #"{"0":[["\#(a)",3],["\#(b)",2]],"10":[["\#(a)",1]],"13":[["\#(b)",1]]}"#)
    }

    @Test func keptStatisticsAreReadInsteadOfCounted() throws {
        let (folder, dataset) = try tree()
        // As the reference writes them: converted labels, another order, spaces.
        try folder.text(
            "sample_class_stats.json",
            #"[{"1": 9, "file": "x/b_gtFine_labelTrainIds.png"}, {"2": 8, "file": "x/a_gtFine_labelTrainIds.png"}]"#)
        let statistics = try ClassStatistics.cached(for: dataset, in: folder.path)
        #expect(statistics.images.map(\.pixelCounts) == [[2: 8], [1: 9]])
    }

    @Test func damagedOrForeignStatisticsAreRefused() throws {
        let (folder, dataset) = try tree()
        func failure(_ text: String) throws -> String {
            try folder.text("sample_class_stats.json", text)
            let error = try #require(
                datasetError { _ = try ClassStatistics.cached(for: dataset, in: folder.path) })
            #expect(error.code == .malformedStatistics)
            return String(error.message.dropFirst(folder.path.count))
        }
        let remedy = "; remove it to count the classes again"
        #expect(try failure("[{") == "/sample_class_stats.json: is not a list of class counts" + remedy)
        #expect(try failure(#"[{"road": 2, "file": "a"}]"#).hasSuffix("is not a list of class counts" + remedy))
        #expect(
            try failure(#"[{"19": 2, "file": "a.png"}]"#)
                == "/sample_class_stats.json: a.png counts class 19, but cityscapes19 has 19 classes" + remedy)
        #expect(
            try failure(#"[{"1": 2, "file": "a.png"}]"#)
                == "/sample_class_stats.json: does not know b of cityscapes/train" + remedy)
    }

    @Test func eachLabelSpaceHasItsFolder() {
        #expect(ClassStatistics.folder(root: "r", labelSpace: .cityscapes19) == "r")
        #expect(ClassStatistics.folder(root: "r", labelSpace: .camvid11) == "r/class_statistics_camvid11")
    }
}
