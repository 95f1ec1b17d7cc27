import Annotations
import Datasets
import FoundationEssentials
import ImageIO
import Testing

/// Labels of images that had none, read back as any data set in the layout of Cityscapes.
@Suite struct PseudoLabelFolderTests {
    private let height = 12
    private let width = 20

    private func object(_ trainID: UInt8, _ rows: Range<Int>, _ columns: Range<Int>) -> AnnotatedObject {
        let box = PixelBox(top: rows.lowerBound, left: columns.lowerBound, height: rows.count, width: columns.count)
        return AnnotatedObject(trainID: trainID, mask: ObjectMask(filling: box), score: 0.95)
    }

    private func image(_ path: String, in folder: TemporaryFolder) throws -> String {
        let full = "\(folder.path)/\(path)"
        try FileManager.default.createDirectory(
            atPath: String(full[..<(full.lastIndex(of: "/") ?? full.startIndex)]), withIntermediateDirectories: true)
        try ImageCodec.writePNG(
            RGBImage(height: height, width: width, channels: 3, filledWith: UInt8(path.utf8.count)), to: full)
        return full
    }

    private func cityscapes() throws -> LabelSpace { try LabelSpaceLibrary.standard.space("cityscapes19") }

    @Test func theReaderOfCityscapesFindsTheObjectsAgain() throws {
        let folder = try TemporaryFolder()
        let images = try ["aachen/aachen_000000_000019", "bochum/bochum_000000_000313"].map {
            try image("target/leftImg8bit/train/\($0)_leftImg8bit.png", in: folder)
        }
        let root = "\(folder.path)/fused"
        let labels = try PseudoLabelFolder(root: root, images: images, labelSpace: try cityscapes())
        // Person, two cars and a bicycle; the second image has none.
        let objects = [
            object(13, 0..<4, 0..<5), object(11, 0..<3, 6..<9), object(13, 5..<9, 2..<12), object(18, 10..<12, 15..<20),
        ]
        try labels.write(objects, height: height, width: width, ofImage: images[0])
        try labels.write([], height: height, width: width, ofImage: images[1])
        let read = try CityscapesDataset(root: root, split: .train)
        #expect(read.samples.map(\.name) == ["aachen_000000_000019", "bochum_000000_000313"])
        let annotation = try read.loadAnnotation(0)
        let expected = [objects[1], objects[0], objects[2], objects[3]].map {
            AnnotatedObject(trainID: $0.trainID, mask: $0.mask)
        }
        #expect(annotation.objects == expected)
        #expect(annotation.classes[0, 0] == 13 && annotation.classes[0, 7] == 11 && annotation.classes[11, 0] == 255)
        #expect(try read.loadAnnotation(1).objects == [])
        #expect(try read.loadImage(0) == ImageCodec.readRGB(images[0]))
        let stem = "\(root)/gtFine/train/aachen/aachen_000000_000019_gtFine"
        let ids = try ImageCodec.readInstances("\(stem)_instanceIds.png")
        #expect([ids[0, 0], ids[6, 3], ids[0, 7], ids[11, 19], ids[11, 0]] == [26_000, 26_001, 24_000, 33_000, 0])
        let classes = try ImageCodec.readLabels("\(stem)_labelIds.png")
        #expect(classes[0, 0] == 26 && classes[11, 0] == 0)
    }

    /// Writing again leaves nothing of before.
    @Test func laterLabelsReplaceEarlierOnes() throws {
        let folder = try TemporaryFolder()
        let images = [try image("images/a.png", in: folder)]
        let root = "\(folder.path)/fused"
        let labels = try PseudoLabelFolder(root: root, images: images, labelSpace: try cityscapes())
        try labels.write([object(13, 0..<4, 0..<5)], height: height, width: width, ofImage: images[0])
        try labels.write([object(11, 0..<2, 0..<2)], height: height, width: width, ofImage: images[0])
        let read = try CityscapesDataset(root: root, split: .train)
        #expect(read.samples.map(\.name) == ["a"])
        #expect(try read.loadObjects(0)?.objects.map(\.trainID) == [11])
    }

    /// KITTI-360 numbers the images of every drive from 0.
    @Test func imagesOfOneNameInSeveralFoldersKeepApart() throws {
        let folder = try TemporaryFolder()
        let images = try ["drive_0/image_00/data_rect/0000000001", "drive_2/image_00/data_rect/0000000001"].map {
            try image("raw/\($0).png", in: folder)
        }
        let root = "\(folder.path)/fused"
        let labels = try PseudoLabelFolder(root: root, images: images, labelSpace: try cityscapes())
        for path in images { try labels.write([], height: height, width: width, ofImage: path) }
        let read = try CityscapesDataset(root: root, split: .train)
        #expect(read.samples.map(\.name) == [
            "drive_0_image_00_data_rect_0000000001", "drive_2_image_00_data_rect_0000000001",
        ])
        #expect(try read.loadImage(0) == ImageCodec.readRGB(images[0]))
    }

    @Test func imagesThatWouldShareOneNameAreNamed() throws {
        #expect {
            try PseudoLabelFolder(root: "/tmp/x", images: ["/a/b/c.png", "/a/b/c.jpg"], labelSpace: try cityscapes())
        } throws: {
            let text = "\($0)"
            return text.contains("/a/b/c.jpg and /a/b/c.png: their pseudo-labels would have one name")
        }
    }

    /// The classes of a run may be fewer than those of the files: they go by name.
    @Test func idsAreThoseOfTheFiles() throws {
        let folder = try TemporaryFolder()
        let images = [try image("images/a.png", in: folder)]
        let root = "\(folder.path)/fused"
        let own = LabelSpace(
            name: "two", classes: [
                SegmentationClass("train", color: SIMD3(1, 2, 3), isThing: true, ids: [0]),
                SegmentationClass("car", color: SIMD3(4, 5, 6), isThing: true, ids: [1]),
            ])
        let labels = try PseudoLabelFolder(root: root, images: images, labelSpace: own, fileSpace: try cityscapes())
        let objects = [object(0, 0..<4, 0..<5), object(1, 6..<8, 0..<5)]
        try labels.write(objects, height: height, width: width, ofImage: images[0])
        let read = try CityscapesDataset(root: root, split: .train)
        #expect(try read.loadObjects(0)?.objects.map(\.trainID) == [13, 16])
    }

    @Test func whatInstanceIdsCannotHoldIsRefused() throws {
        let folder = try TemporaryFolder()
        let images = [try image("images/a.png", in: folder)]
        func write(_ objects: [AnnotatedObject], _ space: LabelSpace) throws {
            try PseudoLabelFolder(root: "\(folder.path)/fused", images: images, labelSpace: space).write(
                objects, height: height, width: width, ofImage: images[0])
        }
        func refuses(_ objects: [AnnotatedObject], _ space: LabelSpace, _ reason: String) {
            #expect {
                try write(objects, space)
            } throws: {
                "\($0)".contains(reason)
            }
        }
        refuses([object(0, 0..<4, 0..<5)], try cityscapes(), "has the class 0, which is no countable class")
        refuses([object(99, 0..<4, 0..<5)], try cityscapes(), "has the class 99")
        let many = (0...1000).map { _ in object(13, 0..<1, 0..<1) }
        refuses(many, try cityscapes(), "has more than 1000 objects of the class 13")
        var high = LabelSpace(
            name: "high", classes: [SegmentationClass("car", color: SIMD3(4, 5, 6), isThing: true, ids: [65])])
        refuses([object(0, 0..<4, 0..<5)], high, "an id from 1 to 64 in high")
        high.ignoredIDs = []
        refuses([], high, "ignores no id below 256")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/fused/leftImg8bit"), "no image without labels")
    }
}
