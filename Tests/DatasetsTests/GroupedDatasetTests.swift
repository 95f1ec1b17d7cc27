import Annotations
import Datasets
import Foundation
import ImageIO
import ImageIO
import Testing
import _TestSupport

/// Images of a group of classes, and how their objects are counted.
@Suite struct GroupedDatasetTests {
    private let folder: TemporaryFolder
    /// A car and a person; a group of persons; two bicycles; nothing.
    private static let ids: [[UInt16]] = [[26000, 24000, 7], [24, 24, 7], [33000, 33001, 7], [7, 7, 7]]

    init() throws {
        folder = try TemporaryFolder()
        for (index, ids) in Self.ids.enumerated() {
            try folder.image("leftImg8bit/train/ulm/\(index)_leftImg8bit.png", height: 1, width: 3)
            try folder.labels(
                "gtFine/train/ulm/\(index)_gtFine_labelIds.png", ids.map { UInt8($0 < 1000 ? $0 : $0 / 1000) })
            try folder.instances("gtFine/train/ulm/\(index)_gtFine_instanceIds.png", ids)
        }
    }

    private func dataset() throws -> CityscapesDataset { try CityscapesDataset(root: folder.path, split: .train) }

    private func store(_ dataset: any SegmentationDataset) -> ClassStatisticsStore {
        ClassStatisticsStore(root: folder.path, labelSpace: dataset.labelSpace, counting: .objects) { _ in nil }
    }

    @Test func objectsOfOtherClassesAndOtherImagesAreGone() throws {
        let group = GroupedDataset(try dataset(), trainIDs: [11, 18], images: [0, 2])
        let paths = [0, 2].map { "\(folder.path)/leftImg8bit/train/ulm/\($0)_leftImg8bit.png" }
        #expect(group.samples.map(\.imagePath) == paths)
        #expect(try group.loadObjects(0)?.objects.map(\.trainID) == [11])
        let annotation = try group.loadAnnotation(0)
        #expect(annotation.objects?.map(\.trainID) == [11] && annotation.classes.pixels == [13, 11, 0])
        #expect(try group.loadObjects(1)?.objects.map(\.trainID) == [18, 18])
        #expect(try group.loadImage(1).width == 3 && group.loadLabels(1).pixels == [18, 18, 0])
        #expect(group.lacksObjects == nil)
    }

    /// Crowds are none; what is kept is found again, by the group's images too, and counted anew when a file changes.
    @Test func objectsAreCountedOnceAndKept() throws {
        let dataset = try dataset()
        let first = try store(dataset).statistics(of: dataset)
        #expect(first.statistics.images.map(\.pixelCounts) == [[13: 1, 11: 1], [:], [18: 2], [:]])
        #expect(first.statistics.pixelCounts[18] == 2 && first.notices.isEmpty)
        let path = try #require(first.path)
        #expect(path.contains("/object_counts_cityscapes19-"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/sample_class_stats.json"))
        let modified = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        let group = GroupedDataset(dataset, trainIDs: [18], images: [2])
        #expect(try store(group).statistics(of: group).statistics.images.map(\.pixelCounts) == [[18: 2]])
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date == modified)

        try folder.instances("gtFine/train/ulm/3_gtFine_instanceIds.png", [7, 26000, 26001])
        let again = try store(dataset).statistics(of: dataset)
        #expect(again.statistics.images[3].pixelCounts == [13: 2])
        #expect(again.notices.contains { $0.contains("3_gtFine_instanceIds.png") })
        // Pixels are another file.
        let pixels = try ClassStatisticsStore(root: folder.path, labelSpace: dataset.labelSpace) { _ in nil }
            .statistics(of: dataset)
        #expect(pixels.statistics.images[0].pixelCounts == [13: 1, 11: 1, 0: 1] && pixels.path != again.path)
    }
}
