import Annotations
import Datasets
import Foundation
import ImageIO
import Testing

import enum _TestSupport.Fixture

/// Which files are taken for images and labels, and that nothing is left out unsaid.
@Suite struct ListingTests {
    private let images = DatasetOptions(readsLabels: false)

    private func open(
        _ kind: DatasetKind, _ folder: TemporaryFolder, _ split: DatasetSplit = .train,
        _ options: DatasetOptions = DatasetOptions(), domain: ToytownDomain? = nil
    ) throws -> any SegmentationDataset {
        var options = options
        options.domain = domain
        return try DatasetRegistry.open(kind, root: folder.path, split: split, options: options)
    }

    /// The place of the image `x` in each layout.
    private static let places: [(DatasetKind, String)] = [
        (.cityscapes, "leftImg8bit/train/ulm/x_leftImg8bit"), (.gta, "images/x"), (.synthia, "RGB/x"),
        (.acdc, "rgb_anon/fog/train/s/x_rgb_anon"), (.darkZurich, "rgb_anon/train/night/s/x_rgb_anon"),
        (.camvid, "train/images/x"), (.toytown, "camera/leftImg8bit/train/t/x_leftImg8bit"),
    ]

    @Test(arguments: ["png", "PNG", "Png", "jpg", "JPG", "jpeg", "JPEG", "Jpeg"])
    func everyDataSetKnowsEveryEnding(ending: String) throws {
        for (kind, place) in Self.places {
            let folder = try TemporaryFolder()
            if kind == .camvid { try folder.text("train.txt", "x") }
            try folder.image("\(place).\(ending)")
            try folder.scrap("\((place as NSString).deletingLastPathComponent)/Thumbs.db")
            let conditions: [CaptureCondition] = kind == .acdc ? [.fog] : []
            let dataset = try open(
                kind, folder, .train, .init(readsLabels: false, conditions: conditions),
                domain: kind == .toytown ? .camera : nil)
            #expect(dataset.samples.map(\.imagePath) == ["\(folder.path)/\(place).\(ending)"])
            #expect(dataset.samples[0].name == "x")
            // A PNG, whatever its ending says.
            #expect(try dataset.loadImage(0).width == 3)
            #expect(dataset.passedOver.count == 1)
        }
    }

    @Test func labelsMayEndInCapitals() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.JPG", height: 1, width: 3)
        try folder.labels("gtFine/train/ulm/a_gtFine_labelTrainIds.PNG", [0, 18, 255])
        try folder.instances("gtFine/train/ulm/a_gtFine_instanceIds.Png", [7, 33, 0])
        let dataset = try open(.cityscapes, folder)
        #expect(try dataset.loadLabels(0).pixels == [0, 18, 255])
        #expect(try dataset.loadObjects(0)?.objects.map(\.isCrowd) == [true])
    }

    @Test func passedOverFilesAreCountedByReason() throws {
        let folder = try TemporaryFolder()
        let place = "leftImg8bit/train/ulm"
        try folder.image("\(place)/a_leftImg8bit.png")
        try folder.image("\(place)/b.png")
        try folder.image("\(place)/.thumbs/c_leftImg8bit.png")
        try folder.scrap("\(place)/._a_leftImg8bit.png", "\(place)/.DS_Store", "\(place)/d_leftImg8bit.bmp")
        let dataset = try open(.cityscapes, folder, .train, images)
        #expect(dataset.count == 1)
        let path = "\(folder.path)/\(place)"
        #expect(
            dataset.passedOver.notice(of: "x")
                == "x: 5 files are passed over: 1 not named as the images of this data set, "
                + "such as \(path)/b.png; 1 not ending in .png, .jpg or .jpeg, such as \(path)/d_leftImg8bit.bmp; 3 "
                + "hidden, such as \(path)/.DS_Store")
        #expect(try open(.cityscapes, folder, .train, images).passedOver == dataset.passedOver)
    }

    @Test func aLinkToAFolderAboveIsNotEntered() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/train/ulm/a_leftImg8bit.png")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/leftImg8bit/train/ulm/again", withDestinationPath: "../../train")
        // A link elsewhere is entered, as data sets are often put together of links.
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/leftImg8bit/train/bonn", withDestinationPath: "ulm")
        let dataset = try open(.cityscapes, folder, .train, images)
        #expect(dataset.samples.map(\.name) == ["a", "a"])
        #expect(dataset.passedOver.notice(of: "x")?.contains("a link to a folder above it, such as") == true)
    }

    /// Labels of an archive of a Mac, whose names have accents as letters of their own.
    @Test func anImageAndItsLabelMayHaveTheirNamesInTwoUnicodeForms() throws {
        let folder = try TemporaryFolder()
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        try folder.image("images/\(composed).png", height: 1, width: 3)
        try folder.labels("labels/\(decomposed).png", [7, 8, 7])
        let dataset = try open(.gta, folder)
        #expect(try dataset.loadImage(0).width == 3)
        #expect(try dataset.loadLabels(0).pixels == [0, 1, 0])
        #expect(Array(try #require(dataset.samples[0].labelPath).utf8.suffix(7)) == Array("e\u{301}.png".utf8))
        // Both forms in one folder.
        try folder.image("images/\(decomposed).png", height: 1, width: 3)
        let error = try #require(datasetError { _ = try open(.gta, folder) })
        #expect(error.code == .ambiguousFiles)
        #expect(
            error.message.contains("is there twice, with letters and their accents in two Unicode forms (NFC and NFD)"))
    }

    @Test func aNameThatIsNoTextIsRefusedWhereItWouldBeReadAndCountedElsewhere() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png")
        try folder.bytes("images", [0x6E, 0xE9, 0x2E, 0x74, 0x78, 0x74])
        #expect(try open(.gta, folder, .train, images).passedOver.count == 1)
        try folder.bytes("images", [0x6E, 0xE9, 0x2E, 0x70, 0x6E, 0x67])
        let error = try #require(datasetError { _ = try open(.gta, folder, .train, images) })
        #expect(
            error.message.hasPrefix(
                "\(folder.path)/images/n\\xE9.png: its name is no UTF-8: the bytes written as \\x are of another encoding, such as "
                    + "Latin-1"), "\(error.message)")
        #expect(
            error.message.hasSuffix("rename it, as by `convmv -f latin1 -t utf8 -r --notest \(folder.path)/images`"))
    }

    @Test func namesMayHaveBlanksQuotesAndLinesAndBeginWithADash() throws {
        let folder = try TemporaryFolder()
        let names = [" a b ", "-rf", "it's \"so\"", "two\nlines", "$HOME;ls", String(repeating: "n", count: 251)]
        for name in names {
            try folder.image("images/\(name).png", height: 1, width: 3)
            try folder.labels("labels/\(name).png", [7, 8, 7])
        }
        let dataset = try open(.gta, folder)
        #expect(Set(dataset.samples.map(\.name)) == Set(names))
        for index in names.indices { #expect(try dataset.loadLabelled(index).labels.pixels == [0, 1, 0]) }
    }

    @Test func foldersOfToolsAreHidden() throws {
        let folder = try TemporaryFolder()
        for name in ["rgb_anon/fog/train/s/x_rgb_anon", "rgb_anon/fog/train/s/.ipynb_checkpoints/x_rgb_anon"] {
            try folder.image("\(name).png")
        }
        try folder.scrap(
            "rgb_anon/fog/train/s/Thumbs.db", "rgb_anon/fog/train/.DS_Store", "rgb_anon/fog/train/s/._x_rgb_anon.png")
        let dataset = try open(.acdc, folder, .train, .init(readsLabels: false, conditions: [.fog]))
        #expect(dataset.samples.map(\.name) == ["x"])
        #expect(
            dataset.passedOver.notice(of: "x")?.hasPrefix("x: 4 files are passed over: 1 not ending in") == true
                && dataset.passedOver.notice(of: "x")?.contains("3 hidden, such as ") == true)
    }

    @Test func aSizeThatEXIFSwapsIsSaidToBe() throws {
        let folder = try TemporaryFolder()
        try folder.copy(Fixture.path("imageio/exif/6.png"), to: "images/1.png")
        try folder.rows("labels/1.png", height: 5, width: 3)
        let dataset = try open(.gta, folder)
        let error = try #require(datasetError { _ = try dataset.loadLabelled(0) })
        #expect(
            error.message.hasSuffix(
                "is 5x3, but its label is 3x5; remove the pair or restore its files; the EXIF of the image says that it is to be "
                    + "turned (orientation 6), and so it was: set data.exif to ignore where labels were drawn on the pixels as "
                    + "they are stored"), "\(error.message)")
        // A label that stands upright fits.
        try folder.rows("labels/1.png", height: 3, width: 5)
        #expect(try dataset.loadLabelled(0).image.width == 5)
    }

    @Test func nothingIsSaidWhereNothingIsPassedOver() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png")
        #expect(try open(.gta, folder, .train, images).passedOver.notice(of: "x") == nil)
    }

    @Test func hiddenFilesAreNeitherImagesNorLabels() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png")
        try folder.labels("labels/1.png", [7, 7, 7])
        try folder.scrap("images/._1.png", "labels/._1.png", "labels/._1_labelTrainIds.png", "labels/.DS_Store")
        let dataset = try open(.gta, folder)
        #expect(dataset.samples.map(\.name) == ["1"] && dataset.problems.isEmpty)
    }

    @Test func anEmptyDomainNamesWhatIsThere() throws {
        let folder = try TemporaryFolder()
        try folder.scrap("images/1.webp", "images/2.tif")
        let error = try #require(datasetError { _ = try open(.gta, folder, .train, images) })
        #expect(error.code == .emptySplit)
        #expect(error.message.contains("2 files are passed over: 2 not ending in .png, .jpg or .jpeg, such as"))
        #expect(error.message.contains("images/1.webp"))
    }

    @Test func twoEndingsOfOneImageAreRefused() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.jpg")
        try folder.image("images/1.PNG")
        let error = try #require(datasetError { _ = try open(.gta, folder, .train, images) })
        #expect(error.code == .ambiguousFiles)
        #expect(
            error.message
                == "\(folder.path)/images/1.PNG and \(folder.path)/images/1.jpg: differ in their endings only, so "
                + "it is open which is meant; keep one")
        var collecting = images
        collecting.leavesOutIncompletePairs = true
        #expect(try open(.gta, folder, .train, collecting).problems.map(\.code) == [.ambiguousFiles])
    }

    @Test func twoEndingsOfOneLabelAreRefused() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png")
        try folder.labels("labels/1.png", [7, 7, 7])
        try folder.labels("labels/1.PNG", [8, 8, 8])
        #expect(datasetError { _ = try open(.gta, folder) }?.code == .ambiguousFiles)
    }

    @Test func aLabelThatIsNoPNGIsRefusedByName() throws {
        for ending in ["jpg", "JPEG", "bmp"] {
            let folder = try TemporaryFolder()
            try folder.image("leftImg8bit/train/a_leftImg8bit.png")
            try folder.scrap("gtFine/train/a_gtFine_labelIds.\(ending)")
            let error = try #require(datasetError { _ = try open(.cityscapes, folder) })
            #expect(error.code == .unsupportedFile)
            #expect(
                error.message.hasPrefix("\(folder.path)/gtFine/train/a_gtFine_labelIds.\(ending): labels must be PNG"))
        }
    }

    @Test func aLabelThatIsAJPEGUnderAnotherNameIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png")
        try folder.labels("labels/1.png", [7, 7, 7])
        let picture = RGBImage(height: 1, width: 3, channels: 3, filledWith: 7)
        try ImageCodec.writeJPEG(picture, to: "\(folder.path)/labels/1.png")
        let dataset = try open(.gta, folder)
        let error = try #require(datasetError { _ = try dataset.loadLabels(0) })
        #expect(error.description.contains("labels/1.png: is a JPEG, which changes ids, whatever its name says"))
        let found = DatasetInspector(dataset, split: .train, facts: nil).inspect(.headers)
        #expect(
            found.findings.first?.message.hasSuffix("labels/1.png: is a JPEG, which changes ids; write it as PNG")
                == true)
    }

    @Test func anImageOfAFormatThatIsNotReadIsNamedInsteadOfItsLabel() throws {
        let folder = try TemporaryFolder()
        try folder.scrap("leftImg8bit/train/a_leftImg8bit.tiff")
        try folder.labels("gtFine/train/a_gtFine_labelIds.png", [7])
        let error = try #require(datasetError { _ = try open(.cityscapes, folder) })
        #expect(error.code == .unsupportedFile)
        #expect(error.message.hasPrefix("\(folder.path)/leftImg8bit/train/a_leftImg8bit.tiff: images must end in .png"))
    }

    @Test func whatCamVidsListLeavesOutIsSaidAndTwiceIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.text("train.txt", "b")
        for name in ["a.png", "b.JPG", "c.png"] { try folder.image("train/images/\(name)") }
        let dataset = try open(.camvid, folder, .train, images)
        #expect(dataset.samples.map(\.name) == ["b"])
        #expect(dataset.passedOver.notice(of: "x")?.contains("2 not in its list of images, such as") == true)
        try folder.text("train.txt", "b b")
        #expect(datasetError { _ = try open(.camvid, folder, .train, images) }?.code == .ambiguousFiles)
    }
}

/// Labels from which nothing can be learnt.
@Suite struct LabelledPixelTests {
    private func dataset(_ folder: TemporaryFolder, count: Int, labelled: Int?) throws -> any SegmentationDataset {
        for index in 0..<count {
            try folder.image("images/\(1000 + index).png", height: 1, width: 2)
            try folder.labels("labels/\(1000 + index).png", index == labelled ? [0, 26] : [0, 255])
        }
        return try DatasetRegistry.open(.gta, root: folder.path, split: .train)
    }

    private func failure(_ dataset: any SegmentationDataset, of trainIDs: [Int]? = nil) -> DatasetError? {
        datasetError { try dataset.requireLabelledPixels(of: trainIDs, remedy: "do something") }
    }

    @Test func oneLabelledPixelIsEnough() throws {
        for labelled in [0, 4, 8] {
            let folder = try TemporaryFolder()
            let dataset = try dataset(folder, count: 9, labelled: labelled)
            #expect(failure(dataset) == nil)
            #expect(failure(dataset, of: [13]) == nil)
            #expect(failure(dataset, of: [0, 1])?.message.contains("it has no pixel of the classes asked for") == true)
        }
    }

    @Test func withoutAnyTheFirstFileIsNamed() throws {
        let folder = try TemporaryFolder()
        let error = try #require(failure(dataset(folder, count: 3, labelled: nil)))
        #expect(error.code == .noLabelledPixel)
        #expect(
            error.message == "\(folder.path)/labels/1000.png: like all 3 labels of gta/train it has no labelled pixel; "
                + "do something")
    }

    @Test func largeSetsAreLookedAtInPart() throws {
        let folder = try TemporaryFolder()
        let error = try #require(failure(dataset(folder, count: 300, labelled: nil)))
        #expect(error.message.contains("all 256 that were looked at of the 300 labels of gta/train"))
    }

    @Test func unreadableLabelsAreLeftToOthers() throws {
        let folder = try TemporaryFolder()
        let dataset = try dataset(folder, count: 1, labelled: nil)
        try folder.text("labels/1000.png", "scrap")
        #expect(failure(dataset) == nil)
    }
}
