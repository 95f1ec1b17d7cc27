import Annotations
import Datasets
import ImageIO
import Testing
import _TestSupport

@Suite struct CamVidDatasetTests {
    private func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.text("train.txt", "b\na\n")
        for name in ["a", "b"] {
            try folder.image("train/images/\(name).png")
            try folder.labels("train/labels/\(name).png", [0, 3, 11])
        }
        return folder
    }

    private let own = DatasetOptions(labelSpace: .camvid11)

    @Test func listedFramesAreSortedAndUnlabelledPixelsIgnored() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(.camvid, root: folder.path, split: .train, options: own)
        #expect(dataset.samples.map(\.name) == ["a", "b"])
        #expect(try dataset.loadLabels(0).pixels == [0, 3, 255])
        #expect(try dataset.loadObjects(0) == nil)
    }

    /// The tutorial's lists name image and label by the paths of its authors' machine.
    @Test(arguments: [
        "/SegNet/CamVid/train/b.png /SegNet/CamVid/trainannot/b.png\n/SegNet/CamVid/train/a.png /SegNet/CamVid/trainannot/a.png\n",
        "/SegNet/CamVid/train/a.png /SegNet/CamVid/trainannot/a.png\r\n/SegNet/CamVid/train/b.png /SegNet/CamVid/trainannot/b.png \r\n\r\n",
        "train/a.png trainannot/a.png\ntrain/b.png trainannot/b.png",
        "/train/a.png /trainannot/a.png\n/train/b.png /trainannot/b.png",
        "D:/data/CamVid/train/a.png D:/data/CamVid/trainannot/a.png\r\nD:/data/CamVid/train/b.png D:/data/CamVid/trainannot/b.png",
        #"D:\x\train\a.png D:\x\trainannot\a.png"# + "\n" + #"D:\x\train\b.png D:\x\trainannot\b.png"#,
        #"train\a.png"# + "\n" + #"train\b.png"#,
        "CamVid/train/a.png CamVid/trainannot/a.png\nCamVid/train/b.png CamVid/trainannot/b.png",
        "a.png\nb.png\n", "train/a.png\ntrain/b.png\n", "/home/me/CamVid/train/a.png\n/home/me/CamVid/train/b.png\n",
        "a\nb\n",
    ])
    func theTutorialsFoldersAndListsAreRead(list: String) throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "unlisted"] {
            try folder.image("CamVid/train/\(name).png")
            try folder.labels("CamVid/trainannot/\(name).png", [0, 3, 11])
        }
        try folder.text("CamVid/train.txt", list)
        let root = "\(folder.path)/CamVid"
        let dataset = try DatasetRegistry.open(.camvid, root: root, split: .train, options: own)
        #expect(dataset.samples.map(\.name) == ["a", "b"])
        #expect(dataset.samples.map(\.imagePath) == ["\(root)/train/a.png", "\(root)/train/b.png"])
        #expect(dataset.samples.map(\.labelPath) == ["\(root)/trainannot/a.png", "\(root)/trainannot/b.png"])
        #expect(try dataset.loadLabels(0).pixels == [0, 3, 255])
    }

    @Test(arguments: ["b.png\na.png\n", "train/images/a.png\ntrain/images/b.png\n"])
    func ownListsMayNameEndingsAndFolders(list: String) throws {
        let folder = try tree()
        try folder.text("train.txt", list)
        let dataset = try DatasetRegistry.open(.camvid, root: folder.path, split: .train, options: own)
        #expect(dataset.samples.map(\.name) == ["a", "b"])
    }

    @Test func aPairThatIsNotThereIsNamedWithBothPlaces() throws {
        let folder = try TemporaryFolder()
        try folder.image("train/a.png")
        try folder.labels("trainannot/a.png", [0])
        try folder.text("train.txt", "/S/C/train/a.png /S/C/trainannot/a.png\n/S/C/train/b.png /S/C/trainannot/b.png\n")
        let error = datasetError {
            _ = try DatasetRegistry.open(.camvid, root: folder.path, split: .train, options: own)
        }
        #expect(
            error?.message == "\(folder.path)/train.txt:2: names /S/C/train/b.png, which is not there, and neither is "
                + "\(folder.path)/train/b.png; add it, or remove the line")
    }

    @Test func aFrameThatIsListedTwiceIsRefused() throws {
        let folder = try tree()
        try folder.text("train.txt", "a\nb\na.png\n")
        let error = datasetError {
            _ = try DatasetRegistry.open(.camvid, root: folder.path, split: .train, options: own)
        }
        #expect(error?.message == "\(folder.path)/train.txt:3: lists a as line 1 does; remove one of the lines")
    }

    @Test func asTargetItOpensInAnyLabelSpaceWithoutLabels() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(
            .camvid, root: folder.path, split: .train, options: .init(readsLabels: false, labelSpace: .cityscapes19))
        #expect(dataset.labelSpace == .cityscapes19)
        #expect(!dataset.isLabelled)
    }

    @Test func itsLabelsCannotBeNineteenClasses() throws {
        let folder = try tree()
        let error = try #require(
            datasetError {
                _ = try DatasetRegistry.open(
                    .camvid, root: folder.path, split: .train, options: .init(labelSpace: .cityscapes19))
            })
        #expect(error.code == .incompatibleLabelSpaces)
        #expect(
            error.message.hasPrefix(
                "\(folder.path): its label files are of camvid11, and classes of camvid11 cannot be read as "
                    + "cityscapes19: no map leads from one to the other"))
    }

    @Test func missingListImageAndLabelAreNamed() throws {
        let folder = try tree()
        func failure(_ split: DatasetSplit) -> DatasetError? {
            datasetError { _ = try DatasetRegistry.open(.camvid, root: folder.path, split: split, options: own) }
        }
        #expect(failure(.val)?.code == .missingFolder)
        try folder.text("val.txt", "c")
        #expect(failure(.val)?.code == .missingImage)
        try folder.image("val/images/c.png")
        #expect(failure(.val)?.code == .missingLabel)
        try folder.text("val.txt", "\n")
        #expect(failure(.val)?.code == .emptySplit)
    }
}

@Suite struct GTADatasetTests {
    @Test func labelsAreCityscapesLabelIDs() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/00001.png")
        // 34 is the licence plate.
        try folder.labels("labels/00001.png", [7, 33, 0, 34])
        let dataset = try DatasetRegistry.open(.gta, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(0).pixels == [0, 18, 255, 255])
    }

    @Test func paletteFilesAreReadByIndexNotByColour() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/00001.png")
        try folder.palette("labels/00001.png", [7, 26, 0], colors: (0..<34).map { SIMD3(200, UInt8(7 * $0), 3) })
        let dataset = try DatasetRegistry.open(.gta, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(0).pixels == [0, 13, 255])
    }

    @Test func convertedLabelsArePreferred() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/00001.png")
        try folder.labels("labels/00001.png", [7])
        try folder.labels("labels/00001_labelTrainIds.png", [18])
        let dataset = try DatasetRegistry.open(.gta, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(0).pixels == [18])
    }

    @Test func onlyTrainExists() throws {
        let folder = try TemporaryFolder()
        let error = try #require(datasetError { _ = try DatasetRegistry.open(.gta, root: folder.path, split: .val) })
        #expect(error.code == .unsupportedOption)
        #expect(
            error.message.hasSuffix(
                "GTA has no split val; use train, and another set to validate, or keep some images for val with heldOut"
            ))
    }

    @Test func pairsMustBeComplete() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png")
        try folder.labels("labels/2.png", [7])
        let orphan = datasetError { _ = try DatasetRegistry.open(.gta, root: folder.path, split: .train) }
        #expect(orphan?.code == .missingImage)
        try folder.image("images/2.png")
        let missing = datasetError { _ = try DatasetRegistry.open(.gta, root: folder.path, split: .train) }
        #expect(missing?.code == .missingLabel)
    }
}

@Suite struct SYNTHIADatasetTests {
    @Test func redIsTheClassAndGreenTheObject() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png")
        try folder.pairs("GT/LABELS/1.png", [(3, 0), (8, 40), (8, 7), (10, 0), (22, 0)])
        let dataset = try DatasetRegistry.open(
            .synthia, root: folder.path, split: .train, options: .init(labelSpace: .cityscapes19))
        #expect(try dataset.loadLabels(0).pixels == [0, 13, 13, 11, 255])
        let objects = try #require(try dataset.loadObjects(0)).objects
        #expect(objects.map(\.trainID) == [11, 13, 13] && objects.map(\.box.left) == [3, 2, 1])
    }

    @Test func convertedLabelsAreReadAsTheyAre() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png")
        try folder.labels("GT/LABELS/1_labelTrainIds.png", [18, 255])
        let dataset = try DatasetRegistry.open(.synthia, root: folder.path, split: .train)
        #expect(try dataset.loadLabels(0).pixels == [18, 255])
        #expect(try dataset.loadObjects(0) == nil)
        let error = try #require(datasetError { _ = try dataset.loadAnnotation(0) })
        #expect(error.message.contains("has classes alone; put the file of SYNTHIA with classes and objects beside it"))
    }

    /// Numbers mean nothing across classes, and there may be more than the thousand of an instance id.
    @Test func everyNumberOfEachCountableClassIsAnObject() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png", height: 1, width: 8)
        try folder.pairs(
            "GT/LABELS/1.png",
            [(10, 5), (8, 5), (8, 5), (8, 60_000), (8, 0), (17, 0), (3, 9), (8, 1_200)])
        let dataset = try DatasetRegistry.open(.synthia, root: folder.path, split: .train)
        let annotation = try dataset.loadAnnotation(0)
        let objects = try #require(annotation.objects)
        #expect(objects.map(\.trainID) == [11, 12, 13, 13, 13, 13])
        #expect(objects.map(\.box.left) == [0, 5, 4, 1, 7, 3])
        #expect(objects.map(\.mask.area) == [1, 1, 1, 2, 1, 1])
        #expect(objects.allSatisfy { !$0.isCrowd })
        #expect(annotation.classes.pixels == [11, 13, 13, 13, 13, 12, 0, 13])
        #expect(dataset.lacksObjects == nil)
    }

    /// In a space whose classes are numbered from 100 on.
    @Test func objectsAreFoundInAnyLabelSpace() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png", height: 1, width: 3)
        try folder.pairs("GT/LABELS/1.png", [(8, 4), (19, 4), (3, 0)])
        try folder.text(
            "vehicles.yaml",
            """
            name: vehicles
            classes: [{name: ground, ids: 100}, {name: vehicle, ids: 6600, thing: true}]
            from: {synthia: {ground: road, vehicle: [car, bus]}}
            """)
        let space = try LabelSpaceLibrary.standard.read("\(folder.path)/vehicles.yaml")
        let dataset = try DatasetRegistry.open(
            .synthia, root: folder.path, split: .train, options: .init(labelSpace: space))
        let annotation = try dataset.loadAnnotation(0)
        #expect(annotation.classes.pixels == [1, 1, 0])
        // Two objects: a car and a bus with one number are not one vehicle.
        #expect(annotation.objects?.map(\.trainID) == [1, 1])
    }

    @Test func objectsAreReadBesideConvertedLabels() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png", height: 1, width: 3)
        try folder.labels("GT/LABELS/1_labelTrainIds.png", [13, 13, 255])
        try folder.pairs("GT/LABELS/1.png", [(8, 4), (8, 5), (3, 0)])
        let dataset = try DatasetRegistry.open(.synthia, root: folder.path, split: .train)
        let annotation = try dataset.loadAnnotation(0)
        #expect(annotation.classes.pixels == [13, 13, 255])
        #expect(annotation.objects?.map(\.box.left) == [0, 1])
    }

    @Test func greyLabelsAreRefused() throws {
        let folder = try TemporaryFolder()
        try folder.image("RGB/1.png")
        try folder.labels("GT/LABELS/1.png", [1])
        let dataset = try DatasetRegistry.open(.synthia, root: folder.path, split: .train)
        let error = try #require(datasetError { _ = try dataset.loadLabels(0) })
        #expect(error.message.hasSuffix("has 1 channel(s), SYNTHIA labels have 3; unpack the file again"))
    }
}
