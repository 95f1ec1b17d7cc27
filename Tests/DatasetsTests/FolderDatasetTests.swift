import Datasets
import Foundation
import ImageIO
import Testing
import _TestSupport

/// Folders of layouts that nobody published.
@Suite struct FolderDatasetTests {
    private let space = LabelSpace(
        name: "m",
        classes: [
            SegmentationClass("a", color: SIMD3(1, 1, 1), ids: [3]),
            SegmentationClass("b", color: SIMD3(2, 2, 2), ids: [7]),
        ])

    private func open(
        _ folder: TemporaryFolder, split: DatasetSplit = .train, readsLabels: Bool = true, collects: Bool = false,
        _ change: (inout FolderLayout) -> Void = { _ in }
    ) throws -> any SegmentationDataset {
        var layout = FolderLayout()
        change(&layout)
        return try DatasetRegistry.open(
            .folder, root: folder.path, split: split,
            options: .init(
                readsLabels: readsLabels, labelSpace: space, layout: layout, leavesOutIncompletePairs: collects))
    }

    /// Only the high bytes would be left.
    @Test func sixteenBitsAreNoColours() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/a.png", height: 1, width: 2)
        try folder.instances("labels/a.png", [257, 514])
        var colors = space
        colors.coding = .colors
        let options = DatasetOptions(labelSpace: colors, layout: FolderLayout())
        let dataset = try DatasetRegistry.open(.folder, root: folder.path, split: .train, options: options)
        let error = try #require(datasetError { _ = try dataset.loadLabels(0) })
        #expect(
            "\(error)".contains(
                "labels/a.png: holds grey of 16 bits, but the label space says coding: colors, which have 8; set coding: ids"
            ))
    }

    @Test func nestedFoldersOfMmsegmentationAreRead() throws {
        let folder = try TemporaryFolder()
        for (place, value) in [("train/x/1", 3), ("train/2", 7), ("val/3", 3)] as [(String, UInt8)] {
            try folder.image("img_dir/\(place).jpg", height: 1, width: 1)
            try folder.labels("ann_dir/\(place).png", [value])
        }
        let train = try open(folder) { ($0.images, $0.labels) = ("img_dir/<split>", "ann_dir/<split>") }
        #expect(train.samples.map(\.name) == ["2", "1"])
        #expect(try (0..<2).map { try train.loadLabels($0).pixels } == [[1], [0]])
        let val = try open(folder, split: .val) { ($0.images, $0.labels) = ("img_dir/<split>", "ann_dir/<split>") }
        #expect(val.samples.map(\.name) == ["3"])
    }

    @Test func splitsInNamesOfFoldersAreThoseOfCOCO() throws {
        let folder = try TemporaryFolder()
        try folder.image("val2017/1.jpg", height: 1, width: 1)
        try folder.labels("annotations/stuff_val2017_pixelmaps/1.png", [7])
        let dataset = try open(folder, split: .val) {
            ($0.images, $0.labels) = ("<split>2017", "annotations/stuff_<split>2017_pixelmaps")
        }
        #expect(try dataset.loadLabels(0).pixels == [1])
    }

    @Test func aStarIsTheSameFolderInImagesAndLabels() throws {
        let folder = try TemporaryFolder()
        for (sequence, value) in [("s1", 3), ("s2", 7)] as [(String, UInt8)] {
            try folder.image("\(sequence)/Images/0.png", height: 1, width: 1)
            try folder.labels("\(sequence)/Labels/0.png", [value])
        }
        let dataset = try open(folder) { ($0.images, $0.labels) = ("*/Images", "*/Labels") }
        #expect(try (0..<2).map { try dataset.loadLabels($0).pixels } == [[0], [1]])
        let error = datasetError { _ = try open(folder) { ($0.images, $0.labels) = ("*/Images", "Labels") } }
        #expect(error?.message.contains("have other numbers of *") == true)
    }

    @Test func suffixesTellImagesAndLabelsOfOneFolderApart() throws {
        let folder = try TemporaryFolder()
        try folder.image("all/1_rgb.png", height: 1, width: 1)
        try folder.labels("all/1_mask.png", [7])
        try folder.scrap("all/1_depth.png")
        let dataset = try open(folder) {
            ($0.images, $0.labels) = ("all", "all")
            ($0.imageSuffix, $0.labelSuffix) = ("_rgb.png", "_mask.png")
        }
        #expect(dataset.samples.map(\.name) == ["1"])
        #expect(try dataset.loadLabels(0).pixels == [1])
        let error = datasetError { _ = try open(folder) { ($0.images, $0.labels) = ("all", "all") } }
        #expect(error?.message.contains("tell them apart by suffix.image and suffix.label") == true)
    }

    @Test(arguments: [
        "1\n# word\n\ns/2\n", "images/1.png\nimages/s/2.png", "/elsewhere/images/1.png\ns/2_x", "1\r\n2\r\n",
    ])
    func listsNameImagesWithOrWithoutFoldersAndEnding(list: String) throws {
        let folder = try TemporaryFolder()
        for name in ["1", "s/2", "3"] {
            try folder.image(
                "images/\(name)\(list.contains("_x") && name == "s/2" ? "_x" : "").png", height: 1, width: 1)
        }
        // The third has no label, and is not listed.
        for name in ["1", "s/2"] {
            try folder.labels("labels/\(name)\(list.contains("_x") && name == "s/2" ? "_x" : "").png", [7])
        }
        try folder.text("train.txt", list)
        let dataset = try open(folder) { $0.list = "<split>.txt" }
        #expect(dataset.count == 2)
        #expect(dataset.passedOver.notice(of: "x")?.contains("1 not in its list of images") == true)
    }

    /// As the lists of Pascal VOC in many programs begin at the root, and those of other machines elsewhere.
    @Test(arguments: ["", "/data/voc", "/home/me/VOC2012/x"])
    func listsOfPairsOfOtherMachinesCountFromTheRoot(prefix: String) throws {
        let folder = try TemporaryFolder()
        try folder.image("images/s/1.jpg", height: 1, width: 1)
        try folder.labels("masks/s/1.png", [3])
        try folder.text("pairs.txt", "\(prefix)/images/s/1.jpg \(prefix)/masks/s/1.png\n")
        let dataset = try open(folder) { $0.list = "pairs.txt" }
        #expect(dataset.samples[0].imagePath == "\(folder.path)/images/s/1.jpg")
        #expect(dataset.samples[0].labelPath == "\(folder.path)/masks/s/1.png")
    }

    /// Without their folders image and label would be one file.
    @Test func aPairOfOneFileIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.image("a/1.png", height: 1, width: 1)
        try folder.text("pairs.txt", "a/1.png a/1.png\n")
        let error = datasetError { _ = try open(folder) { $0.list = "pairs.txt" } }
        #expect(error?.message.contains("pairs.txt:1: of image and label only \(folder.path)/a/1.png is there") == true)
    }

    @Test func listsOfPairsNeedNoNames() throws {
        let folder = try TemporaryFolder()
        try folder.image("a/1.jpg", height: 1, width: 1)
        try folder.labels("b/other.png", [3])
        try folder.text("pairs.txt", "a/1.jpg b/other.png\n")
        let dataset = try open(folder) { $0.list = "pairs.txt" }
        #expect(try dataset.loadLabels(0).pixels == [0] && dataset.samples[0].name == "1")
        try folder.text("pairs.txt", "a/1.jpg b/other.png\na/2.jpg b/other.png\n")
        let error = datasetError { _ = try open(folder) { $0.list = "pairs.txt" } }
        #expect(
            error?.message
                == "\(folder.path)/pairs.txt:2: names \(folder.path)/a/2.jpg, which is not there; add it, or remove "
                + "the line"
        )
        try folder.text("pairs.txt", "a/1.jpg b/other.png\na/1.jpg b/more.png\n")
        try folder.labels("b/more.png", [4])
        let twice = datasetError { _ = try open(folder) { $0.list = "pairs.txt" } }
        #expect(
            twice?.message
                == "\(folder.path)/pairs.txt:2: gives \(folder.path)/a/1.jpg a label as line 1 does; remove one of the lines"
        )
    }

    @Test(arguments: ["./a/1.jpg ./b/1.png\n", "\u{FEFF}a/1.jpg,b/1.png\r\n", "./a/1.jpg\n", "\u{FEFF}1\r\n"])
    func listsMayBeginLinesWithDotsAndFilesWithAMark(list: String) throws {
        let folder = try TemporaryFolder()
        try folder.image("a/1.jpg", height: 1, width: 1)
        try folder.labels("b/1.png", [3])
        try folder.text("list.txt", list)
        let dataset = try open(folder) { ($0.images, $0.labels, $0.list) = ("a", "b", "list.txt") }
        #expect(dataset.samples.map(\.name) == ["1"] && dataset.samples[0].imagePath == "\(folder.path)/a/1.jpg")
        #expect(try dataset.loadLabels(0).pixels == [0])
    }

    @Test(arguments: [true, false]) func labelsBelowTheImagesAreNoImages(readsLabels: Bool) throws {
        let folder = try TemporaryFolder()
        try folder.image("1.png", height: 1, width: 1)
        try folder.image("s/2.png", height: 1, width: 1)
        try folder.labels("labels/1.png", [3])
        try folder.labels("labels/s/2.png", [3])
        let dataset = try open(folder, readsLabels: readsLabels) { $0.images = "." }
        #expect(dataset.samples.map(\.name) == ["1", "2"])
    }

    @Test func whatIsWrongIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/s/1.png", height: 1, width: 1)
        try folder.image("images/t/1.png", height: 1, width: 1)
        func failure(_ split: DatasetSplit = .train, _ change: (inout FolderLayout) -> Void = { _ in }) -> String {
            datasetError { _ = try open(folder, split: split, change) }?.message ?? "no error"
        }
        #expect(failure().contains("labels/s: no such folder; check the data set's keys root and labels"))
        try folder.scrap("labels/s/.x", "labels/t/.x")
        #expect(failure().contains("images/s/1.png: no label 1.png in \(folder.path)/labels/s"))
        #expect(failure(.val).contains("the split val would be the same images as every other; put <split> into"))
        #expect(failure { $0.list = "l.txt" }.hasSuffix("l.txt: no such list of images; check the data set's key list"))
        try folder.text("l.txt", "1\n9\n")
        try folder.labels("labels/s/1.png", [3])
        try folder.labels("labels/t/1.png", [3])
        #expect(failure { $0.list = "l.txt" }.contains("l.txt:1: '1' may mean"))
        try folder.text("l.txt", "s/1\n9\n")
        #expect(failure { $0.list = "l.txt" }.contains("l.txt:2: names '9', and there is no such image in"))
        try folder.text("l.txt", "s/1\ns/1\n")
        #expect(failure { $0.list = "l.txt" }.contains("l.txt:2: lists s/1 as line 1 does"))
        #expect(
            failure { $0.images = "nothing" }.contains(
                "nothing: no such folder; check the data set's keys root and images"))
        #expect(try open(folder, readsLabels: false) { $0.labels = "nowhere" }.count == 2)
    }

    @Test func instanceMapsLieInAFolderOfTheirOwn() throws {
        let folder = try TemporaryFolder()
        try folder.image("images/1.png", height: 1, width: 1)
        try folder.labels("labels/1.png", [3])
        let error = datasetError { _ = try open(folder) { $0.instances = "things" } }
        #expect(
            error?.message.contains("things: no such folder; check the data set's keys root and instances") == true)
        try folder.instances("things/1_i.png", [3001])
        let dataset = try open(folder) { ($0.instances, $0.instanceSuffix) = ("things", "_i.png") }
        #expect(dataset.samples[0].instancePath == "\(folder.path)/things/1_i.png")
    }

    @Test func severalSetsAreOneWithTheirLabelsAndCounts() throws {
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        try first.image("images/1.png", height: 1, width: 1)
        try first.labels("labels/1.png", [3])
        for name in ["1", "2"] {
            try second.image("images/\(name).png", height: 1, width: 2)
            try second.labels("labels/\(name).png", [7, 255])
        }
        let both = CombinedDataset([try open(first), try open(second)])
        #expect(both.count == 3 && both.place(of: 2) == (part: 1, index: 1))
        #expect(try (0..<3).map { try both.loadLabels($0).pixels } == [[0], [1, 255], [1, 255]])
        let parts = try both.parts.map { try ClassStatistics(counting: $0) }
        #expect(ClassStatistics(joining: parts).pixelCounts == [1, 2])
    }
}

/// What `causeway new` builds on.
@Suite struct LayoutSearchTests {
    private func photo(_ folder: TemporaryFolder, _ name: String) throws { try folder.image(name, height: 1, width: 2) }

    private func guess(_ folder: TemporaryFolder) throws -> [FolderGuess] { try LayoutSearch(folder.path).guesses() }

    @Test func foldersOfSplitsAboveOrBelowAreFound() throws {
        for (images, labels) in [("img_dir/train", "ann_dir/train"), ("train/images", "train/labels")] {
            let folder = try TemporaryFolder()
            for name in ["a", "b", "c"] {
                try photo(folder, "\(images)/\(name).jpg")
                try folder.labels("\(labels)/\(name).png", [0, 1])
            }
            let guesses = try guess(folder)
            #expect(guesses.map(\.split) == [.train] && guesses[0].isLabelled)
            #expect(guesses[0].layout.images == images && guesses[0].layout.labels == labels)
            #expect(guesses[0].images.count == 3 && !guesses[0].isPartial)
        }
    }

    /// Images of both splits have the same names, as numbers are; labels belong to the split that their folder names.
    @Test(arguments: [
        ("photos/val", "photos/val-labels"), ("images_val", "labels_val"), ("images/val", "annotations/val_ids"),
    ])
    func labelsOfOneSplitAreNotTakenForAnother(images: String, labels: String) throws {
        let folder = try TemporaryFolder()
        for name in ["0001", "0002", "0003"] {
            try photo(folder, images.replacing("val", with: "train") + "/\(name).jpg")
            try photo(folder, "\(images)/\(name).jpg")
            try folder.labels("\(labels)/\(name).png", [0, 1])
        }
        let guesses = try guess(folder)
        #expect(guesses.map(\.split) == [.val, .train] || guesses.map(\.split) == [.train, .val])
        let val = try #require(guesses.first { $0.split == .val })
        #expect(val.isLabelled && val.layout.images == images && val.layout.labels == labels)
        let train = try #require(guesses.first { $0.split == .train })
        #expect(!train.isLabelled && train.layout.images == images.replacing("val", with: "train"))
    }

    @Test func suffixesAndSequencesAreFound() throws {
        let folder = try TemporaryFolder()
        for place in ["s1", "s2"] {
            for name in ["10", "20"] {
                try photo(folder, "\(place)/Images/\(name)_rgb.jpg")
                try folder.labels("\(place)/Labels/\(name)_labelIds.png", [0, 1])
            }
        }
        let layout = try #require(try guess(folder).first?.layout)
        #expect(layout.images == "*/Images" && layout.labels == "*/Labels")
        #expect(layout.imageSuffix == "_rgb.jpg" && layout.labelSuffix == "_labelIds.png")
    }

    /// A taxonomy with more than a thousand classes is no map of objects.
    @Test(arguments: [[3, 1203, 2978], [517, 1000, 1001], [1000, 2000, 3000]] as [[UInt16]])
    func classesMayHaveLargeIDs(ids: [UInt16]) throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "c"] {
            try folder.image("images/\(name).png", height: 1, width: 3)
            try folder.instances("ids/\(name).png", ids)
        }
        let guess = try #require(try guess(folder).first)
        #expect(guess.isLabelled && guess.layout.labels == "ids" && guess.layout.instances == nil)
    }

    @Test func mapsOfObjectsAreNoLabelsAndAreNamed() throws {
        let folder = try TemporaryFolder()
        for (index, name) in ["a", "b", "c"].enumerated() {
            try folder.image("images/\(name).png", height: 1, width: 4)
            try folder.instances("objects/\(name).png", [7, 26_000, 26_001, index == 1 ? 24_000 : 23])
        }
        // Alone they are no labels.
        #expect(try guess(folder).allSatisfy { !$0.isLabelled })
        for name in ["a", "b", "c"] { try folder.labels("classes/\(name).png", [7, 26, 26, 24]) }
        let guess = try #require(try guess(folder).first)
        #expect(guess.layout.labels == "classes" && guess.layout.instances == "objects")
        #expect(guess.otherLabels.isEmpty)
    }

    @Test func twoFoldersThatCouldBeLabelsAreBothNamed() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b"] {
            try photo(folder, "images/\(name).jpg")
            try folder.labels("fine/\(name).png", [0, 1])
            try folder.labels("coarse/\(name).png", [0, 1])
        }
        let guess = try #require(try guess(folder).first)
        #expect(guess.layout.labels == "coarse" && guess.otherLabels == ["fine"])
    }

    @Test func imagesWithoutLabelsAreCounted() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "c"] { try photo(folder, "images/\(name).jpg") }
        for name in ["a", "b"] { try folder.labels("masks/\(name).png", [0, 1]) }
        let guess = try #require(try guess(folder).first)
        #expect(guess.unlabelledCount == 1 && guess.images.count == 2 && guess.split == nil)
        #expect(guess.layout.labels == "masks")
    }
}
