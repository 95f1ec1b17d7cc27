import Configuration
import Datasets
import Foundation
import ImageIO
import Testing
import _TestSupport

@Suite struct LabelSpaceTests {
    private let cityscapesIDs = LabelEncoding(.labelIDs, of: .cityscapes19)

    @Test func cityscapesHasNineteenClassesEightOfThemThings() {
        let space = LabelSpace.cityscapes19
        #expect(space.classCount == 19)
        #expect(space.thingTrainIDs == [11, 12, 13, 14, 15, 16, 17, 18])
        #expect(space.featureTrainIDs == [6, 7, 11, 12, 13, 14, 15, 16, 17, 18])
        #expect(space.classNames[16] == "train")
        #expect(space.trainID(of: "bicycle") == 18)
        #expect(space.palette[0] == SIMD3(128, 64, 128))
        #expect(space.palette[18] == SIMD3(119, 11, 32))
        #expect(space.fileIDs == [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33])
    }

    @Test func everyCityscapesLabelIDIsKnown() {
        // 34 label ids and the licence plate's -1, which is 255 in eight bits, or 34 in the files of GTA.
        let known = (0..<256).filter { cityscapesIDs.trainID(of: $0) != nil }
        #expect(known == Array(0...34) + [255])
        #expect(cityscapesIDs.trainID(of: 26) == 13 && cityscapesIDs.trainID(of: 18) == 255)
        #expect(cityscapesIDs.trainID(of: 34) == 255)
    }

    /// All numbers of the class lists that the data sets' authors publish, whatever becomes of them.
    @Test(arguments: [
        ("cityscapes19", Array(0...34) + [255]),  // Cityscapes, Foggy Cityscapes, ACDC, Dark Zurich, Synscapes, GTA, Toytown
        ("synthia", Array(0...22)), ("synthia16", Array(0...22)), ("synthia13", Array(0...22)),
        ("urbansyn", Array(0...19) + [255]),
        ("kitti360", Array(0...44) + [255]),
        ("mapillary", Array(1...66)),  // of panoptic files, whose 0 is no segment
        ("camvid11", Array(0...11) + [255]),
    ])
    func everyNumberOfADataSetsOwnClassListIsKnown(space: String, numbers: [Int]) throws {
        let space = try LabelSpaceLibrary.standard.space(space, keyPath: "test")
        let encoding = LabelEncoding(.labelIDs, of: space)
        #expect(numbers.filter { encoding.trainID(of: $0) == nil } == [])
        // Everything else is of another data set.
        #expect((0..<256).filter { encoding.trainID(of: $0) != nil } == numbers)
    }

    /// The 32 colours of CamVid's own files and the 30 of Cityscapes'.
    @Test func everyColourOfADataSetsOwnClassListIsKnown() throws {
        let camVid: [[UInt8]] = [
            [64, 128, 64], [192, 0, 128], [0, 128, 192], [0, 128, 64], [128, 0, 0], [64, 0, 128], [64, 0, 192],
            [192, 128, 64], [192, 192, 128], [64, 64, 128], [128, 0, 192], [192, 0, 64], [128, 128, 64], [192, 0, 192],
            [128, 64, 64], [64, 192, 128], [64, 64, 0], [128, 64, 128], [128, 128, 192], [0, 0, 192], [192, 128, 128],
            [128, 128, 128], [64, 128, 192], [0, 0, 64], [0, 64, 64], [192, 64, 128], [128, 128, 0], [192, 128, 192],
            [64, 0, 64], [192, 192, 0], [0, 0, 0], [64, 192, 0],
        ]
        let cityscapes: [[UInt8]] = [
            [0, 0, 0], [111, 74, 0], [81, 0, 81], [128, 64, 128], [244, 35, 232], [250, 170, 160], [230, 150, 140],
            [70, 70, 70], [102, 102, 156], [190, 153, 153], [180, 165, 180], [150, 100, 100], [150, 120, 90],
            [153, 153, 153], [250, 170, 30], [220, 220, 0], [107, 142, 35], [152, 251, 152], [70, 130, 180],
            [220, 20, 60], [255, 0, 0], [0, 0, 142], [0, 0, 70], [0, 60, 100], [0, 0, 90], [0, 0, 110], [0, 80, 100],
            [0, 0, 230], [119, 11, 32],
        ]
        let folder = try TemporaryFolder()
        for (space, colors) in [(LabelSpace.camvid11, camVid), (.cityscapes19, cityscapes)] {
            let path = "\(folder.path)/\(space.name).png"
            let image = RGBImage(height: 1, width: colors.count, channels: 3, pixels: colors.flatMap { $0 })
            try ImageCodec.writePNG(image, to: path)
            let encoding = LabelEncoding(.labelIDs, of: space)
            #expect(throws: Never.self) { try encoding.trainIDs(inFile: path, for: "here") }
        }
    }

    @Test func synthiaCoversItsSixteenClasses() throws {
        let encoding = LabelEncoding(.labelIDs, of: .synthia)
            .delivered(by: try LabelProjection(from: .synthia, to: .cityscapes19))
        #expect(encoding.trainID(of: 1) == 10 && encoding.trainID(of: 16) == 9)
        #expect(encoding.trainID(of: 22) == 255)
        #expect(encoding.trainID(of: 23) == nil)
        let sixteen = LabelSpace.synthia16.classNames.compactMap { LabelSpace.cityscapes19.trainID(of: $0) }
        #expect(Set(0..<19).subtracting(sixteen) == [9, 14, 16])
    }

    @Test func aSpaceWithoutAMapOfItsOwnIsReachedOverAnother() throws {
        // SYNTHIA has a map to Cityscapes, and CamVid has one of Cityscapes.
        let projection = try LabelProjection(from: .synthia16, to: .camvid11)
        let labels = LabelMap(height: 1, width: 3, channels: 1, pixels: [0, 3, 255])
        let names = projection(labels).pixels.map { $0 == 255 ? "" : LabelSpace.camvid11.classNames[Int($0)] }
        #expect(names == ["road", "building", ""])
        #expect(projection.ignoredClasses.isEmpty)
    }

    @Test func cityscapesClassesReadAsCamVid() throws {
        let encoding = cityscapesIDs.delivered(by: try LabelProjection(from: .cityscapes19, to: .camvid11))
        let names = LabelSpace.camvid11.classNames
        func name(_ labelID: Int) -> String? { encoding.trainID(of: labelID).map { names[Int($0)] } }
        #expect(name(7) == "road")
        #expect(name(12) == "building")
        #expect(name(22) == "tree")
        #expect(name(25) == "bicyclist")
        #expect(name(28) == "car")
        #expect(encoding.trainID(of: 0) == 255)
        #expect(encoding.trainID(of: 77) == nil)
        #expect(encoding.labelSpace == .camvid11)
    }

    @Test func unknownLabelNamesFileValuePixelsAndRemedy() throws {
        let labels = LabelMap(height: 1, width: 4, channels: 1, pixels: [7, 44, 45, 44])
        let error = try #require(datasetError { _ = try cityscapesIDs.trainIDs(of: labels, file: "a/b.png") })
        #expect(error.code == .unknownLabel)
        let file = try #require(LabelSpace.cityscapes19.file)
        #expect(
            error.message
                == "a/b.png: the id 44, in 2 of 4 pixels, is none of the label ids of cityscapes19; check that the "
                + "file belongs to this data set, or add it to a class or to ignore of \(file), or set unknown: ignore "
                + "there"
        )
    }

    @Test func emptyMapHasNoTrainIDs() throws {
        let empty = LabelMap(height: 0, width: 0, channels: 1, pixels: [])
        #expect(try LabelEncoding(.labelIDs, of: .camvid11).trainIDs(of: empty, file: "x") == empty)
    }

    @Test func camVidsThirtyTwoColoursAreItsElevenClasses() throws {
        let folder = try TemporaryFolder()
        let encoding = LabelEncoding(.labelIDs, of: .camvid11)
        let colors: [UInt8] = [128, 0, 0, 64, 192, 0, 0, 0, 192, 0, 0, 0]
        let path = "\(folder.path)/x_L.png"
        try ImageCodec.writePNG(RGBImage(height: 1, width: 4, channels: 3, pixels: colors), to: path)
        #expect(try encoding.trainIDs(inFile: path, for: "here").pixels == [1, 1, 4, 255])
    }
}

@Suite struct LabelSpaceFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String) throws -> LabelSpace {
        let path = "\(folder.path)/mine.yaml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try LabelSpaceLibrary.standard.read(path)
    }

    private func failure(_ text: String) -> String {
        do {
            _ = try read(text)
            return "no error"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    @Test func whatIsLeftOutFollowsFromTheRest() throws {
        let space = try read("name: mine\nclasses: [{name: road}, {name: car, thing: true}, {name: sky}]")
        #expect(space.fileIDs == [0, 1, 2] && space.ignoredIDs == [255] && space.thingTrainIDs == [1])
        #expect(Set(space.palette).count == 3 && space.featureTrainIDs == [1])
    }

    @Test func writingAndReadingGivesTheSameSpace() throws {
        for space in [LabelSpace.cityscapes19, .camvid11, .synthia16] {
            #expect(try read(space.tree.yaml()) == space)
        }
    }

    @Test(arguments: [
        ("", "mine.yaml:1: says nothing; a label space needs a name and a list of classes"),
        ("# only words\n", "says nothing"),
        ("classes: [{name: a}]", "mine.yaml:1: name: must be given"),
        ("name: m", "classes: expected a list of classes"),
        ("name: m\nclasses: []", "mine.yaml:2: classes: expected a list of classes"),
        (
            "name: m\nclasses:\n  - {name: a, ids: 1}\n  - {name: b, ids: [2, 1]}",
            "mine.yaml:4: classes[1].ids: the id 1 of 'b' is that of 'a' as well; each id may mean one class"
        ),
        (
            "name: m\nclasses:\n  - {name: a, ids: 1}\n  - {name: b}",
            "mine.yaml:4: classes[1]: the class 'b' has no id while others have; give it `ids:"
        ),
        (
            "name: m\nclasses:\n  - {name: a, color: [1, 2, 3]}\n  - {name: b, color: [1, 2, 3]}",
            "mine.yaml:4: classes[1].color: the colour [1, 2, 3] of 'b' is that of 'a' as well"
        ),
        ("name: m\nclasses:\n  - {name: a, color: [1, 2, 300]}", "a colour has three numbers from 0 to 255"),
        (
            "name: m\nclasses:\n  - {name: a}\n  - {name: a}",
            "mine.yaml:4: classes[1]: 'a' is the name of class 0 already"
        ),
        ("name: m\nclasses: [{name: a}]\nignore: [0, 255]", "mine.yaml:3: ignore: the id 0 is that of 'a'"),
        ("name: m\nclasses: [{name: a, id: 3}]", "unknown key; did you mean 'ids'?"),
        ("name: m\nclasses: [{name: 7}]", "'7' would be read as a train id; use a name such as class-7"),
        (
            "name: m\nclasses: [{name: a}]\nfrom:\n  cityscapes19:\n    a: [road, cra]",
            "from.cityscapes19: cityscapes19 has no class 'cra'; did you mean 'car'?"
        ),
        (
            "name: m\nclasses: [{name: a}]\nfrom:\n  cityscapes19:\n    b: [road]",
            "mine.yaml:5: from.cityscapes19.b: m has no class 'b'; did you mean 'a'?"
        ),
        (
            "name: m\nclasses: [{name: a}, {name: b}]\nfrom:\n  cityscapes19:\n    a: [road]\n    b: [road]",
            "mine.yaml:6: from.cityscapes19.b: 'road' becomes 'a' already"
        ),
        (
            "name: m\nclasses: [{name: a}]\nfrom: {cityscapes18: by-name}",
            "there is no label space 'cityscapes18'; did you mean 'cityscapes19'?"
        ),
        ("name: m\nclasses: [{name: a}]\nunknown: stopp", "unknown: expected one of stop, ignore"),
        ("name: m\nclasses: [{name: \"a\\nb\"}]", "classes[0].name: has a line break"),
        (
            "name: m\nclasses: [{name: a}]\nmeans: [a]",
            "mine.yaml:3: means: expected a map of names to lists of classes"
        ),
        ("name: m\nclasses: [{name: a}]\nmeans: {x: [a, a]}", "means.x: expected at least one class, each once"),
        ("name: m\nclasses: [{name: a, ids: 70000}]", "expected ids from 0 to 65535, got '70000'"),
    ])
    func whatIsWrongIsNamedWithItsPlaceAndTheRemedy(text: String, message: String) {
        #expect(failure(text).contains(message), "\(failure(text))")
    }

    @Test func allThatIsWrongIsToldAtOnce() {
        let text = failure(
            "name: m\nclass: 3\nclasses:\n  - {name: a, colour: [1, 2, 3]}\n  - {name: b, color: [1, 2]}\n  - {name: a}\n"
                + "ignore: [x]\ncoding: y")
        for message in [
            "mine.yaml:2: class: unknown key; did you mean 'classes'?", "mine.yaml:4: classes[0].colour: unknown key",
            "mine.yaml:5: classes[1].color: expected red, green, blue",
            "mine.yaml:6: classes[2]: 'a' is the name of class 0",
            "mine.yaml:7: ignore: expected ids", "mine.yaml:8: coding: expected one of",
        ] { #expect(text.contains(message), "\(message) in \(text)") }
        #expect(text.split(separator: "\n").count == 7)
    }

    @Test func moreClassesThanAByteHoldsAreRefused() {
        let classes = (0..<255).map { "  - {name: c\($0)}\n" }.joined()
        #expect(
            failure("name: m\nclasses:\n\(classes)").contains(
                "mine.yaml:257: classes: 255 classes are more than the 254 that fit a byte"))
    }

    @Test func unknownIDsAreIgnoredWhereTheSpaceSaysSo() throws {
        let space = try read("name: m\nclasses: [{name: a, ids: [3, 300]}]\nunknown: ignore")
        let encoding = LabelEncoding(.labelIDs, of: space)
        #expect(encoding.trainID(of: 300) == 0 && encoding.trainID(of: 4) == 255 && encoding.trainID(of: 4000) == 255)
    }

    /// As some editors save grey.
    @Test func transparencyBesideGreyIsPassedOver() throws {
        let path = Fixture.path("imageio/greyalpha8.png")
        guard case .ids(let labels) = try LabelFileContent(path) else {
            Issue.record("grey with transparency is read as something else than ids")
            return
        }
        let picture = try ImageCodec.readRGB(path)
        #expect(labels.pixels == stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] })
    }

    @Test func filesOfSixteenBitsPalettesAndThreeEqualChannelsAreRead() throws {
        let text =
            "name: m\nclasses: [{name: a, ids: [3, 300], color: [9, 9, 9]}, {name: b, ids: 7, color: [1, 2, 3]}]\n"
        let encoding = LabelEncoding(.labelIDs, of: try read(text))
        let path = "\(folder.path)/l.png"
        let wide = PixelImage<UInt16>(height: 1, width: 4, channels: 1, pixels: [3, 300, 7, 255])
        try ImageCodec.writePNG(wide, to: path)
        #expect(try encoding.trainIDs(inFile: path, for: "here").pixels == [0, 0, 1, 255])
        let ids = RGBImage(height: 1, width: 2, channels: 3, pixels: [3, 3, 3, 7, 7, 7])
        try ImageCodec.writePNG(ids, to: path)
        let error = datasetError { _ = try encoding.trainIDs(inFile: path, for: "here") }
        #expect(
            error?.message.contains("the colour [3, 3, 3], in 1 of 2 pixels, is none of the label ids of m") == true)
        let grey = LabelEncoding(.labelIDs, of: try read(text + "coding: ids"))
        #expect(try grey.trainIDs(inFile: path, for: "here").pixels == [0, 1])
        let wanted = LabelEncoding(.labelIDs, of: try read(text + "coding: colors"))
        try folder.palette("l.png", [0, 1], colors: [SIMD3(1, 2, 3), SIMD3(9, 9, 9)])
        #expect(try wanted.trainIDs(inFile: path, for: "here").pixels == [1, 0])
    }

    @Test func twoSpacesOfOneNameAreToldApart() throws {
        let first = try read("name: m\nclasses: [{name: a}]")
        let second = try read("name: m\nclasses: [{name: b}]")
        let error = datasetError { _ = try LabelProjection(from: first, to: second) }
        #expect(error?.message.hasPrefix("two label spaces with other classes are called m (") == true)
    }
}
