import Annotations
import Datasets
import ImageIO
import Testing
import _TestSupport

/// UrbanSyn, Synscapes and KITTI-360, by trees of a few files.
@Suite struct InstanceDatasetTests {
    private func object(_ trainID: UInt8, _ columns: Range<Int>..., isCrowd: Bool = false) -> AnnotatedObject {
        AnnotatedObject(
            trainID: trainID,
            mask: ObjectMask(columns.map { PixelRun(row: 0, start: $0.lowerBound, end: $0.upperBound) }),
            isCrowd: isCrowd)
    }

    private func options(_ space: LabelSpace = .cityscapes19, heldOut: Int? = nil) -> DatasetOptions {
        var options = DatasetOptions(labelSpace: space)
        options.heldOut = heldOut
        return options
    }

    private func open(
        _ kind: DatasetKind, _ folder: TemporaryFolder, _ split: DatasetSplit = .train, heldOut: Int? = nil
    ) throws -> any SegmentationDataset {
        try DatasetRegistry.open(kind, root: folder.path, split: split, options: options(heldOut: heldOut))
    }

    // MARK: UrbanSyn

    /// A colour whose first two bytes count and whose third is a class.
    private func color(_ number: UInt32, _ classID: UInt32) -> UInt32 { number | classID << 16 }

    private func urbanSyn(
        _ classes: [UInt8], _ colors: [UInt32], boxes: String? = nil, numbers: [String] = ["0001"]
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for number in numbers {
            try folder.image("rgb/rgb_\(number).png", height: 1, width: classes.count)
            try folder.labels("ss/ss_\(number).png", classes)
            try folder.segments("panoptic/panoptic_\(number).png", colors)
            if let boxes { try folder.text("bbox2d/bbox2d_\(number).json", boxes) }
        }
        return folder
    }

    @Test func anObjectOfUrbanSynIsOneColourAndHasTheClassOfMostOfItsPixels() throws {
        let (car, rider) = (color(1, 13), color(300, 12))
        let folder = try urbanSyn([13, 13, 0, 12, 12, 18, 19, 2], [car, car, car, rider, rider, rider, 0, 0])
        defer { withExtendedLifetime(folder) {} }
        let annotation = try open(.urbanSyn, folder).loadAnnotation(0)
        // 19 has no class; train ids are those of the file.
        #expect(annotation.classes.pixels == [13, 13, 0, 12, 12, 18, 255, 2])
        // In the order of the colours' numbers.
        #expect(annotation.objects == [object(12, 3..<6), object(13, 0..<3)])
    }

    @Test func urbanSynsClassesBecomeThoseOfTheRun() throws {
        let folder = try urbanSyn([14, 18, 10], [color(1, 14), color(2, 18), 0])
        defer { withExtendedLifetime(folder) {} }
        let dataset = try DatasetRegistry.open(
            .urbanSyn, root: folder.path, split: .train, options: options(.camvid11))
        #expect(try dataset.loadObjects(0)?.objects == [object(8, 0..<1), object(10, 1..<2)])
    }

    @Test(arguments: [(13, "car"), (26, "car")])
    func aColourOfAClassThatNoPixelHasIsNamed(classID: Int, name: String) throws {
        let folder = try urbanSyn([11, 11, 0], [color(7, UInt32(classID)), color(7, UInt32(classID)), 0])
        defer { withExtendedLifetime(folder) {} }
        let error = try #require(datasetError { _ = try open(.urbanSyn, folder).loadObjects(0) })
        #expect(error.code == .unknownLabel)
        #expect(
            error.message.hasSuffix(
                "panoptic_0001.png: the object of colour [7, 0, \(classID)] is a \(name), which not one of its 2 pixels is in "
                    + "\(folder.path)/ss/ss_0001.png; restore the files, which should be of one image"))
    }

    @Test func boxesThatNameAnotherClassAreNamed() throws {
        func boxes(_ label: String) -> String { #"[{"bbox": {}, "color": [7, 0, 0], "label": "\#(label)"}]"# }
        let agreeing = try urbanSyn([17, 17, 0], [7, 7, 0], boxes: boxes("Motorcycle"))
        defer { withExtendedLifetime(agreeing) {} }
        #expect(try open(.urbanSyn, agreeing).loadObjects(0)?.objects == [object(17, 0..<2)])
        let wrong = try urbanSyn([17, 17, 0], [7, 7, 0], boxes: boxes("Bus"))
        defer { withExtendedLifetime(wrong) {} }
        let error = try #require(datasetError { _ = try open(.urbanSyn, wrong).loadObjects(0) })
        #expect(error.message.contains("bbox2d_0001.json: the object of colour [7, 0, 0] is a bus, which not one"))
        let damaged = try urbanSyn([17, 17, 0], [7, 7, 0], boxes: "[{}]")
        defer { withExtendedLifetime(damaged) {} }
        #expect(
            datasetError { _ = try open(.urbanSyn, damaged).loadObjects(0) }?.message.hasSuffix(
                "bbox2d_0001.json: a box has no color or label; restore the file") == true)
    }

    @Test func theLastImagesCanBeHeldOut() throws {
        let folder = try urbanSyn([13, 0], [1, 0], numbers: ["0001", "0002", "0003", "0010"])
        defer { withExtendedLifetime(folder) {} }
        #expect(try open(.urbanSyn, folder).samples.map(\.name) == ["rgb_0001", "rgb_0002", "rgb_0003", "rgb_0010"])
        #expect(try open(.urbanSyn, folder, heldOut: 1).samples.map(\.name) == ["rgb_0001", "rgb_0002", "rgb_0003"])
        #expect(try open(.urbanSyn, folder, .val, heldOut: 1).samples.map(\.name) == ["rgb_0010"])
        for (split, heldOut, text) in [
            (
                DatasetSplit.val, Int?.none,
                "UrbanSyn has no split val; use train, and another set to validate, or keep some"
            ),
            (.test, 1, "UrbanSyn has no split test"), (.train, 4, "heldOut 4 leaves none of 4 images to train on"),
        ] {
            let error = datasetError { _ = try open(.urbanSyn, folder, split, heldOut: heldOut) }
            #expect(error?.message.contains(text) == true)
        }
        let other = datasetError { _ = try open(.cityscapes, folder, heldOut: 1) }
        #expect(other?.message.contains("cityscapes has splits of its own; remove heldOut") == true)
    }

    @Test func filesOfUrbanSynWithoutPartnersAreNamed() throws {
        let folder = try urbanSyn([13, 0], [1, 0], numbers: ["0001", "0002"])
        defer { withExtendedLifetime(folder) {} }
        try folder.labels("ss/ss_0003.png", [0, 0])
        #expect(
            datasetError { _ = try open(.urbanSyn, folder) }?.message.contains(
                "ss_0003.png: no image of the number 3 in") == true)
        try folder.image("rgb/rgb_0003.png", height: 1, width: 2)
        #expect(
            datasetError { _ = try open(.urbanSyn, folder) }?.message.contains(
                "rgb_0003.png: no file of the number 3 in \(folder.path)/panoptic") == true)
        try folder.image("rgb/3.png", height: 1, width: 2)
        #expect(datasetError { _ = try open(.urbanSyn, folder) }?.code == .ambiguousFiles)
    }

    // MARK: Synscapes

    private func synscapes(_ classes: [UInt8], _ numbers: [UInt32], meta: String?) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.image("img/rgb/12.png", height: 1, width: classes.count)
        try folder.labels("img/class/12.png", classes)
        try folder.segments("img/instance/12.png", numbers)
        if let meta { try folder.text("meta/12.json", meta) }
        return folder
    }

    /// 70000 is a cyclist with bicycle, 5 a motorcyclist of whom only the motorcycle shows; 9 is a house.
    @Test func ridersOfSynscapesAreDividedFromWhatTheyRide() throws {
        let folder = try synscapes(
            [25, 25, 33, 25, 32, 32, 26, 26, 11, 7], [70000, 70000, 70000, 70000, 5, 5, 66000, 66000, 9, 0],
            meta: #"{"camera": {}, "instance": {"class": {"70000": 33, "5": 32, "66000": 26}, "occluded": {}}}"#)
        defer { withExtendedLifetime(folder) {} }
        let annotation = try open(.synscapes, folder).loadAnnotation(0)
        #expect(annotation.classes.pixels == [12, 12, 18, 12, 17, 17, 13, 13, 2, 0])
        #expect(
            annotation.objects == [
                object(17, 4..<6), object(13, 6..<8), object(12, 0..<2, 3..<4), object(18, 2..<3),
            ])
    }

    @Test func aMaskIsTakenAsItIsWhereNobodyRides() throws {
        let folder = try synscapes([26, 7, 24], [3, 3, 4], meta: #"{"instance": {"class": {"3": 26, "4": 24}}}"#)
        defer { withExtendedLifetime(folder) {} }
        #expect(try open(.synscapes, folder).loadObjects(0)?.objects == [object(13, 0..<2), object(11, 2..<3)])
    }

    @Test(arguments: [
        (nil, "meta/12.json: is not there, and says which objects of"),
        ("{}", "meta/12.json: has no instance.class, a map from objects to classes; restore the file"),
        ("{", "meta/12.json: cannot be read as Synscapes' description of an image; restore the file"),
        (
            #"{"instance": {"class": {"x": 26}}}"#,
            "meta/12.json: the object 'x' of instance.class has no number or no class"
        ),
    ])
    func aMissingDescriptionIsNamed(meta: String?, text: String) throws {
        let folder = try synscapes([26], [3], meta: meta)
        defer { withExtendedLifetime(folder) {} }
        let error = try #require(datasetError { _ = try open(.synscapes, folder).loadObjects(0) })
        #expect(error.description.contains(text))
    }

    // MARK: KITTI-360

    private static let drive = "2013_05_28_drive_0003_sync"

    private func kitti360(_ ids: [UInt16], confidence: [UInt16]? = nil) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let (images, maps) = (
            "data_2d_raw/\(Self.drive)/image_00/data_rect", "data_2d_semantics/train/\(Self.drive)/image_00"
        )
        try folder.text(
            "data_2d_semantics/train/2013_05_28_drive_val_frames.txt",
            "\(images)/0000000250.png \(maps)/semantic/0000000250.png\n")
        try folder.image("\(images)/0000000250.png", height: 1, width: ids.count)
        try folder.labels("\(maps)/semantic/0000000250.png", ids.map { UInt8($0 / 1000) })
        try folder.instances("\(maps)/instance/0000000250.png", ids)
        if let confidence { try folder.instances("\(maps)/confidence/0000000250.png", confidence) }
        return folder
    }

    /// Car 3, a car that nobody told apart, a person, a garage, a lamp, road.
    @Test func numberZeroOfKITTI360IsACrowd() throws {
        let folder = try kitti360([26003, 26000, 24001, 34001, 38005, 7000], confidence: [65535, 0, 1, 2, 3, 4])
        defer { withExtendedLifetime(folder) {} }
        let dataset = try open(.kitti360, folder, .val)
        #expect(dataset.samples.map(\.name) == ["0003_0000000250"])
        let annotation = try dataset.loadAnnotation(0)
        #expect(annotation.classes.pixels == [13, 13, 11, 255, 255, 0])
        #expect(annotation.objects == [object(11, 2..<3), object(13, 1..<2, isCrowd: true), object(13, 0..<1)])
        #expect(try dataset.loadConfidence(0)?.pixels == [65535, 0, 1, 2, 3, 4])
    }

    @Test func filesThatAListOfFramesNamesAreNamed() throws {
        let folder = try kitti360([26003, 7000])
        defer { withExtendedLifetime(folder) {} }
        #expect(
            datasetError { _ = try open(.kitti360, folder) }?.message.contains(
                "2013_05_28_drive_train_frames.txt: no such list of frames; the root must hold data_2d_raw") == true)
        let dataset = try open(.kitti360, folder, .val)
        #expect(
            datasetError { _ = try dataset.loadConfidence(0) }?.message.contains(
                "confidence/0000000250.png: no such map of confidence; unpack the archive") == true)
        try folder.text(
            "data_2d_semantics/train/2013_05_28_drive_val_frames.txt",
            "data_2d_raw/\(Self.drive)/image_00/data_rect/0000000251.png a/semantic/0000000251.png\n")
        #expect(
            datasetError { _ = try open(.kitti360, folder, .val) }?.message.contains(
                "0000000251.png: is not there, and \(folder.path)/data_2d_semantics") == true)
        try folder.text("data_2d_semantics/train/2013_05_28_drive_val_frames.txt", "a/1.png b/1.png\n")
        #expect(
            datasetError { _ = try open(.kitti360, folder, .val) }?.message.contains(
                "'a/1.png' is no frame of a drive") == true)
        // A target needs no labels.
        let unlabelled = try kitti360([26003])
        defer { withExtendedLifetime(unlabelled) {} }
        let target = try DatasetRegistry.open(
            .kitti360, root: unlabelled.path, split: .val, options: .init(readsLabels: false))
        #expect(target.samples[0].labelPath == nil)
        let test = datasetError {
            _ = try DatasetRegistry.open(
                .kitti360, root: folder.path, split: .test, options: .init(readsLabels: false))
        }
        #expect(test?.message.contains("data_2d_test: no such folder; unpack KITTI-360's test images") == true)
    }

    /// They have no list and no labels; names are those of the server.
    @Test func testFramesOfKITTI360AreAllThatLieThere() throws {
        let folder = try TemporaryFolder()
        let drives = ["2013_05_28_drive_0008_sync", "2013_05_28_drive_0018_sync"]
        for (drive, frame) in [(drives[1], "0000000079"), (drives[0], "0000000012"), (drives[0], "0000000002")] {
            try folder.image("data_2d_test/\(drive)/image_00/data_rect/\(frame).png", height: 1, width: 2)
        }
        try folder.text("data_2d_test/\(drives[0])/image_00/data_rect/readme.txt", "")
        let set = try DatasetRegistry.open(
            .kitti360, root: folder.path, split: .test, options: .init(readsLabels: false))
        #expect(set.samples.map(\.name) == ["0008_0000000002", "0008_0000000012", "0018_0000000079"])
        #expect(set.name == "kitti-360/test" && set.samples.allSatisfy { $0.labelPath == nil })
    }

    // MARK: Instance ids of Cityscapes

    @Test func anInstanceMapOfEightBitsIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png", height: 1, width: 3)
        try folder.labels("gtFine/train/ulm/a_gtFine_labelIds.png", [26, 26, 7])
        try folder.labels("gtFine/train/ulm/a_gtFine_instanceIds.png", [26, 26, 7])
        let error = try #require(datasetError { _ = try open(.cityscapes, folder).loadAnnotation(0) })
        #expect(
            error.description.contains(
                "a_gtFine_instanceIds.png: has 8 bits a pixel, which end at 255; write it from the original numbers as PNG of "
                    + "16 bits"))
    }
}
