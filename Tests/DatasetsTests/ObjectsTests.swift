import Annotations
import Datasets
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct ObjectsTests {
    private func dataset(
        _ ids: [UInt16], labelSpace: LabelSpace = .cityscapes19
    ) throws -> (CityscapesDataset, TemporaryFolder) {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png", height: 1, width: ids.count)
        try folder.labels("gtFine/train/ulm/a_gtFine_labelIds.png", ids.map { UInt8($0 < 1000 ? $0 : $0 / 1000) })
        try folder.instances("gtFine/train/ulm/a_gtFine_instanceIds.png", ids)
        var options = DatasetOptions()
        options.labelSpace = labelSpace
        return (try CityscapesDataset(root: folder.path, split: .train, options: options), folder)
    }

    private func object(_ trainID: UInt8, _ columns: Range<Int>..., isCrowd: Bool = false) -> AnnotatedObject {
        AnnotatedObject(
            trainID: trainID,
            mask: ObjectMask(columns.map { PixelRun(row: 0, start: $0.lowerBound, end: $0.upperBound) }),
            isCrowd: isCrowd)
    }

    /// Road, sky and a caravan (29, ignored) are no objects; 24 alone is a group of persons.
    @Test func instanceIDsAreObjectsCrowdsOrNothing() throws {
        let (dataset, folder) = try dataset([7, 26001, 26001, 24, 24, 26000, 26001, 29000, 23, 33000])
        let found = try #require(try dataset.loadObjects(0))
        #expect(found.height == 1 && found.width == 10)
        #expect(
            found.objects == [
                object(11, 3..<5, isCrowd: true), object(13, 5..<6), object(13, 1..<3, 6..<7), object(18, 9..<10),
            ])
        _ = folder
    }

    @Test func classesAreThoseOfTheLabelSpace() throws {
        let (dataset, folder) = try dataset([27000, 24001, 33002, 17], labelSpace: .camvid11)
        let found = try #require(try dataset.loadObjects(0))
        // A truck is a car in CamVid, a bicycle a bicyclist; a pole is no object.
        #expect(found.objects == [object(9, 1..<2), object(8, 0..<1), object(10, 2..<3)])
        _ = folder
    }

    @Test func crowdsHaveTheirClassUntilTheyAreIgnored() throws {
        let (dataset, folder) = try dataset([7, 26001, 24, 24, 24000])
        let annotation = try dataset.loadAnnotation(0)
        #expect(annotation.classes.pixels == [0, 13, 11, 11, 11])
        #expect(annotation.ignoringCrowds.classes.pixels == [0, 13, 255, 255, 11])
        #expect(annotation.ignoringCrowds.objects == annotation.objects)
        _ = folder
    }

    @Test func instancesWithoutClassAreNamed() throws {
        for (number, classID) in [(UInt16(60001), 60), (77, 77)] {
            let (dataset, folder) = try dataset([7, number, number, 26000])
            let error = try #require(datasetError { _ = try dataset.loadObjects(0) })
            #expect(error.code == .unknownLabel)
            #expect(
                error.message.contains(
                    "a_gtFine_instanceIds.png: the instance \(number), in 2 of 4 pixels, has the class \(classID), which is "
                        + "none of the label ids of cityscapes19; instance maps hold class id * 1000 + number"))
            _ = folder
        }
    }

    @Test func aMapOfAnotherSizeIsNamed() throws {
        let (dataset, folder) = try dataset([7, 26001])
        try folder.instances("gtFine/train/ulm/a_gtFine_instanceIds.png", [7, 26001, 26001])
        let error = try #require(datasetError { _ = try dataset.loadAnnotation(0) })
        #expect(error.code == .sizeMismatch)
        #expect(
            error.message.hasSuffix("a_gtFine_instanceIds.png: is 3x1, but its label is 2x1; restore the files"))
        _ = folder
    }

    @Test func aSetWithoutObjectsSaysSoBeforeItIsRead() throws {
        let (whole, folder) = try dataset([7, 26001])
        #expect(whole.lacksObjects == nil)
        try folder.image("leftImg8bit/train/ulm/b_leftImg8bit.png", height: 1, width: 2)
        try folder.labels("gtFine/train/ulm/b_gtFine_labelIds.png", [7, 26])
        let partial = try CityscapesDataset(root: folder.path, split: .train)
        let error = try #require(partial.lacksObjects)
        #expect(error.message.hasPrefix("cityscapes/train: 1 of 2 images have no file of objects, such as "))
        let unlabelled = try CityscapesDataset(root: folder.path, split: .train, options: .init(readsLabels: false))
        try FileManager.default.removeItem(atPath: "\(folder.path)/gtFine/train/ulm/a_gtFine_instanceIds.png")
        let none = try #require(try CityscapesDataset(root: folder.path, split: .train).lacksObjects)
        #expect(none.message.contains("none of its 2 images has a file of objects (the first is "))
        #expect(none.message.contains("a_leftImg8bit.png); add instance ids or panoptic files, or use a method and "))
        #expect(unlabelled.lacksObjects?.message.contains("was opened without labels") == true)
        let stuff = LabelSpace(
            name: "stuff", classes: LabelSpace.cityscapes19.classes.map { .init($0.name, color: $0.color, ids: $0.ids) }
        )
        let plain = try CityscapesDataset(root: folder.path, split: .train, options: .init(fileLabelSpace: stuff))
        #expect(plain.lacksObjects?.message.contains("no class of stuff is countable") == true)
        #expect(CombinedDataset([whole, partial]).lacksObjects?.message == error.message)
    }

    @Test func anImageMayHaveNoObjects() throws {
        let (dataset, folder) = try dataset([7, 7, 0])
        #expect(try dataset.loadObjects(0)?.objects == [])
        _ = folder
    }

    @Test func moreObjectsThanAByteCountsAreToldApart() throws {
        let ids = (0..<400).map { UInt16(24000 + $0) }
        let (dataset, folder) = try dataset(ids)
        let objects = try #require(try dataset.loadObjects(0)).objects
        #expect(objects.count == 400)
        #expect(objects.enumerated().allSatisfy { $1.box == PixelBox(top: 0, left: $0, height: 1, width: 1) })
        _ = folder
    }
}
