import Annotations
import Datasets
import ImageIO
import Testing
import _TestSupport

@Suite struct CityscapesDatasetTests {
    private func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (city, stem) in [("ulm", "ulm_2"), ("ulm", "ulm_1"), ("bonn", "bonn_9")] {
            try folder.image("leftImg8bit/train/\(city)/\(stem)_leftImg8bit.png", height: 1, width: 3)
            try folder.labels("gtFine/train/\(city)/\(stem)_gtFine_labelIds.png", [7, 26, 0])
        }
        try folder.instances("gtFine/train/ulm/ulm_1_gtFine_instanceIds.png", [7, 26000, 0])
        return folder
    }

    @Test func samplesAreSortedByCityAndName() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train)
        #expect(dataset.samples.map(\.name) == ["bonn_9", "ulm_1", "ulm_2"])
        #expect(dataset.name == "cityscapes/train")
        #expect(dataset.isLabelled)
    }

    @Test func labelsAreTrainIDsAndInstancesAreObjects() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(1).pixels == [0, 13, 255])
        #expect(try dataset.loadObjects(1)?.objects.map(\.trainID) == [13])
        #expect(try dataset.loadObjects(0) == nil)
        #expect(try dataset.loadLabelled(0).image.pixels == [UInt8](repeating: 7, count: 9))
    }

    @Test func trainIDFilesArePreferred() throws {
        let folder = try tree()
        try folder.labels("gtFine/train/bonn/bonn_9_gtFine_labelTrainIds.png", [18, 255, 2])
        let dataset = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(0).pixels == [18, 255, 2])
    }

    @Test func labelsCanBeDeliveredAsCamVid() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(
            .cityscapes, root: folder.path, split: .train, options: .init(labelSpace: .camvid11))
        #expect(dataset.labelSpace == .camvid11)
        #expect(try dataset.loadLabels(0).pixels == [3, 8, 255])
    }

    @Test func jpegImagesAreFound() throws {
        let folder = try TemporaryFolder()
        try folder.text("leftImg8bit/val/ulm/a_leftImg8bit.jpg", "")
        let dataset = try DatasetRegistry.open(
            .cityscapes, root: folder.path, split: .val, options: .init(readsLabels: false))
        #expect(dataset.samples[0].imagePath.hasSuffix("a_leftImg8bit.jpg"))
        let error = try #require(datasetError { _ = try dataset.loadImage(0) })
        #expect(error.code == .unreadable)
        #expect(error.message.hasSuffix("a_leftImg8bit.jpg: cannot be read for cityscapes/val; restore the file"))
    }

    @Test func unlabelledUseNeedsNoLabelFiles() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png")
        let dataset = try DatasetRegistry.open(
            .cityscapes, root: folder.path, split: .train, options: .init(readsLabels: false))
        #expect(dataset.count == 1)
        #expect(!dataset.isLabelled)
        let error = try #require(datasetError { _ = try dataset.loadLabels(0) })
        #expect(error.code == .missingLabel)
        #expect(error.message.hasSuffix("cityscapes/train was opened without labels; open it with them"))
    }

    @Test func missingFolderNamesItAndTheLayout() throws {
        let folder = try TemporaryFolder()
        let error = try #require(
            datasetError { _ = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .val) })
        #expect(error.code == .missingFolder)
        #expect(
            error.message == "\(folder.path)/leftImg8bit/val: no such folder; the data set's root must hold "
                + "leftImg8bit and gtFine with a folder for each split")
    }

    @Test func imageWithoutLabelIsNamed() throws {
        let folder = try tree()
        try folder.image("leftImg8bit/train/ulm/ulm_3_leftImg8bit.png")
        let error = try #require(
            datasetError { _ = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train) })
        #expect(error.code == .missingLabel)
        #expect(error.message.contains("ulm_3_leftImg8bit.png: no label"))
        #expect(error.message.hasSuffix("add it, remove the image, or open the set without labels"))
    }

    @Test func labelWithoutImageIsNamed() throws {
        let folder = try tree()
        try folder.labels("gtFine/train/ulm/ulm_4_gtFine_labelIds.png", [0])
        let error = try #require(
            datasetError { _ = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train) })
        #expect(error.code == .missingImage)
        #expect(error.message.contains("ulm_4_gtFine_labelIds.png: no image of this name"))
    }

    @Test func emptySplitSaysSo() throws {
        let folder = try TemporaryFolder()
        try folder.text("leftImg8bit/train/ulm/notes.txt", "")
        let error = try #require(
            datasetError {
                _ = try DatasetRegistry.open(
                    .cityscapes, root: folder.path, split: .train, options: .init(readsLabels: false))
            })
        #expect(error.code == .emptySplit)
    }

    @Test func sizesOfImageAndLabelMustAgree() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png", height: 4, width: 2)
        try folder.labels("gtFine/train/ulm/a_gtFine_labelIds.png", [7])
        let dataset = try DatasetRegistry.open(.cityscapes, root: folder.path, split: .train)
        let error = try #require(datasetError { _ = try dataset.loadLabelled(0) })
        #expect(error.code == .sizeMismatch)
        #expect(error.message.contains("is 2x4, but its label is 1x1"))
    }
}
