import Annotations
import Datasets
import Foundation
import ImageIO
import Testing
import _TestSupport

/// A panoptic JSON of one image, `a.png`.
private func table(
    _ segments: String,
    categories: String = """
    {"id": 1, "name": "person", "isthing": 1}, {"id": 300, "name": "car", "isthing": 1},
    {"id": 7, "name": "road", "isthing": 0}
    """,
    images: String = #"{"id": "a", "file_name": "a.jpg", "height": 1, "width": 6}"#
) -> String {
    """
    {"info": {"year": 2026, "note": "\\u00e9"}, "licenses": [], "images": [\(images)],
     "annotations": [{"segments_info": [\(segments)], "file_name": "a.png", "image_id": "a"}],
     "categories": [\(categories)]}
    """
}

private func segment(_ id: Int, _ category: Int, area: Int? = nil, crowd: Int = 0) -> String {
    let area = area.map { "\"area\": \($0), " } ?? ""
    return "{\"id\": \(id), \"category_id\": \(category), \(area)\"bbox\": [0, 0, 1, 1], \"iscrowd\": \(crowd)}"
}

@Suite struct PanopticTests {
    /// A folder with one image, in COCO's layout.
    private func tree(_ json: String, _ ids: [UInt32] = [9, 9, 70_000, 500, 500, 0]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.image("train2017/a.png", height: 1, width: ids.count)
        try folder.segments("annotations/panoptic_train2017/a.png", ids)
        try folder.text("annotations/panoptic_train2017.json", json)
        return folder
    }

    private func open(
        _ folder: TemporaryFolder, readsLabels: Bool = true, collects: Bool = false,
        change: (inout DatasetOptions, inout FolderLayout) -> Void = { _, _ in }
    ) throws -> any SegmentationDataset {
        var layout = FolderLayout()
        layout.images = "train2017"
        layout.panoptic = "annotations/panoptic_train2017.json"
        var options = DatasetOptions(
            readsLabels: readsLabels, labelSpace: .cityscapes19, leavesOutIncompletePairs: collects)
        change(&options, &layout)
        options.layout = layout
        return try DatasetRegistry.open(.folder, root: folder.path, split: .train, options: options)
    }

    private let three = [segment(500, 300, area: 2), segment(9, 7, area: 2), segment(70_000, 1, crowd: 1)]
        .joined(separator: ", ")

    @Test func segmentsAreClassesAndObjectsByTheNamesOfTheirCategories() throws {
        let folder = try tree(table(three))
        let dataset = try open(folder)
        let annotation = try dataset.loadAnnotation(0)
        #expect(annotation.classes.pixels == [0, 0, 11, 13, 13, 255])
        #expect(annotation.objects?.map(\.trainID) == [13, 11])
        #expect(annotation.objects?.map(\.isCrowd) == [false, true])
        #expect(annotation.objects?[0].box == PixelBox(top: 0, left: 3, height: 1, width: 2))
        #expect(annotation.ignoringCrowds.classes.pixels == [0, 0, 255, 13, 13, 255])
        #expect(try dataset.loadLabels(0) == annotation.classes)
        #expect(try dataset.loadObjects(0)?.objects == annotation.objects)
        #expect(dataset.lacksObjects == nil)
        _ = folder
    }

    @Test func nothingIsReadOfThemForATarget() throws {
        let folder = try tree("no JSON")
        let dataset = try open(folder, readsLabels: false)
        #expect(dataset.count == 1 && !dataset.isLabelled)
    }

    /// All PNG files of Cityscapes lie in one folder, its images in those of cities.
    @Test func labelsMayLieTogetherWhileImagesDoNot() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/val/ulm/ulm_1_leftImg8bit.png", height: 1, width: 2)
        try folder.image("leftImg8bit/val/bonn/bonn_1_leftImg8bit.png", height: 1, width: 2)
        var annotations: [String] = []
        for name in ["ulm_1", "bonn_1"] {
            try folder.segments("gtFine/cityscapes_panoptic_val/\(name)_gtFine_panoptic.png", [24_000, 7])
            annotations.append(
                "{\"image_id\": \"\(name)\", \"file_name\": \"\(name)_gtFine_panoptic.png\", \"segments_info\": "
                    + "[\(segment(24_000, 24)), \(segment(7, 7))]}")
        }
        try folder.text(
            "gtFine/cityscapes_panoptic_val.json",
            """
            {"annotations": [\(annotations.joined(separator: ", "))], "images": [],
             "categories": [{"id": 24, "name": "person"}, {"id": 7, "name": "road"}, {"id": 8, "name": "nothing we know"}]}
            """)
        var layout = FolderLayout()
        layout.images = "leftImg8bit/<split>"
        layout.panoptic = "gtFine/cityscapes_panoptic_<split>.json"
        layout.imageSuffix = "_leftImg8bit.png"
        layout.labelSuffix = "_gtFine_panoptic.png"
        let dataset = try DatasetRegistry.open(
            .folder, root: folder.path, split: .val, options: .init(labelSpace: .cityscapes19, layout: layout))
        #expect(dataset.samples.map(\.name) == ["bonn_1", "ulm_1"])
        #expect(try dataset.loadAnnotation(1).classes.pixels == [11, 0])
        #expect(try dataset.loadAnnotation(1).objects?.count == 1)
    }

    @Test(arguments: [
        // The PNG and the JSON disagree.
        (
            [segment(9, 7), segment(500, 300)].joined(separator: ","),
            "panoptic_train2017/a.png: 1 of 6 pixels have the segment 70000, "
                + "which "
        ),
        (
            [segment(9, 7), segment(500, 300), segment(70_000, 1), segment(12, 1)].joined(separator: ","),
            "panoptic_train2017/a.png: no pixel has the segment 12 that "
        ),
        (
            [segment(9, 7), segment(500, 300), segment(70_000, 1), segment(0, 7)].joined(separator: ","),
            "train2017.json gives it a segment 0, which is the number of pixels without a segment"
        ),
    ])
    func disagreementsAreNamedWithTheirPixels(segments: String, message: String) throws {
        let folder = try tree(table(segments))
        let dataset = try open(folder)
        let error = try #require(datasetError { _ = try dataset.loadAnnotation(0) })
        #expect(error.code == .unknownLabel)
        #expect(error.message.contains(message))
        _ = folder
    }

    @Test(arguments: [
        ("[]", "is a list, such as detections, and no panoptic JSON"),
        ("{\"images\": []}", "there are no annotations"),
        (
            "{\"annotations\": [{\"image_id\": 1, \"segmentation\": [[1, 2, 3]], \"category_id\": 1, \"bbox\": []}]}",
            "is a JSON of single instances, with polygons or run lengths, not of panoptic segments; give panoptic_*.json "
                + "instead of instances_*.json"
        ),
        ("{\"annotations\": [{\"file_name\": \"a.png\"}]}", "an annotation has no segments_info"),
        ("{\"annotations\": [{\"segments_info\": []}]}", "an annotation has no file_name"),
        ("{\"annotations\": [],", "the file ends early"),
        ("{\"annotations\": []}", "lists no categories"),
        (
            table(segment(9, 8)),
            "the segment 9 of a.png is of category 8, which the file does not list; its categories are 1, "
                + "7, 300"
        ),
        (table([segment(9, 7), segment(9, 1)].joined(separator: ",")), "a.png has the segment 9 twice"),
        (table(segment(1 << 24, 7)), "the segment 16777216 has a number that no pixel can have"),
        (table(segment(9, 7, crowd: 2)), "0 or 1 is expected, not 2"),
        (
            table(segment(9, 7), categories: "{\"id\": 7, \"name\": \"road\"}, {\"id\": 7, \"name\": \"car\"}"),
            "lists the category 7 twice"
        ),
        (
            table(segment(9, 7), categories: "{\"id\": 7, \"name\": \"road\"}, {\"id\": 8, \"name\": \"road\"}"),
            "lists two categories called 'road'"
        ),
        (
            table(segment(9, 7), categories: "{\"id\": 7, \"name\": \"rood\"}"),
            "the category 7, 'rood', of 1 segments is no class of cityscapes19"
        ),
    ])
    func whatIsNoPanopticFileSaysWhatItIs(json: String, message: String) throws {
        let folder = try tree(json)
        let error = try #require(datasetError { _ = try open(folder) })
        #expect(error.message.hasPrefix("\(folder.path)/annotations/panoptic_train2017.json: "))
        #expect("\(error)".contains(message))
    }

    @Test func twoAnnotationsOfOneFileAreNamed() throws {
        let one = "{\"file_name\": \"a.png\", \"segments_info\": []}"
        let folder = try tree("{\"annotations\": [\(one), \(one)], \"categories\": [{\"id\": 1, \"name\": \"road\"}]}")
        #expect(datasetError { _ = try open(folder) }?.message.contains("annotates a.png twice") == true)
    }

    @Test func filesThatDoNotBelongTogetherAreNamed() throws {
        let folder = try tree(table(three))
        try folder.image("train2017/b.png", height: 1, width: 6)
        #expect(
            datasetError { _ = try open(folder) }?.message.contains(
                "/train2017/b.png: no label b.png in \(folder.path)/annotations/panoptic_train2017") == true)
        try folder.segments("annotations/panoptic_train2017/b.png", [0])
        let unlisted = try #require(datasetError { _ = try open(folder) })
        #expect(unlisted.code == .missingLabel)
        #expect(unlisted.message.contains("panoptic_train2017/b.png: is not among the 1 images that "))
        let rest = try open(folder, collects: true)
        #expect(rest.count == 1 && rest.problems.map(\.message) == [unlisted.message])
    }

    @Test func sizesAndFormatsAreChecked() throws {
        let other = try tree(table(three, images: #"{"id": "a", "file_name": "a.jpg", "height": 2, "width": 6}"#))
        #expect(
            datasetError { _ = try open(other).loadAnnotation(0) }?.message.contains("is 6x1, but ") == true)
        let grey = try tree(table(three))
        try grey.labels("annotations/panoptic_train2017/a.png", [9, 9, 1, 2, 2, 0])
        let error = try #require(datasetError { _ = try open(grey).loadAnnotation(0) })
        #expect("\(error)".contains("has 1 channel(s) of 8 bits; the numbers of segments stand in three of 8 bits"))
        let image = try tree(table(three))
        try image.image("train2017/a.png", height: 2, width: 6)
        #expect(datasetError { _ = try open(image).loadAnnotated(0) }?.code == .sizeMismatch)
    }

    /// Categories by number where they have no names; those that a space ignores are ignored.
    @Test func namelessCategoriesAreNumbers() throws {
        let folder = try tree(
            table(
                [segment(9, 7), segment(500, 26), segment(70_000, 0)].joined(separator: ","),
                categories: "{\"id\": 7}, {\"id\": 26}, {\"id\": 0}"))
        #expect(try open(folder).loadAnnotation(0).classes.pixels == [0, 0, 255, 13, 13, 255])
    }

    @Test func unknownCategoriesMayBeIgnored() throws {
        let folder = try tree(
            table(
                three,
                categories: """
                    {"id": 1, "name": "robot"}, {"id": 300, "name": "car"}, {"id": 7, "name": "road"}
                    """))
        try folder.text("mine.yaml", "name: mine\nclasses: [{name: road}, {name: car, thing: true}]\nunknown: ignore")
        let space = try LabelSpaceLibrary.standard.read("\(folder.path)/mine.yaml")
        let annotation = try open(folder) { options, _ in
            (options.labelSpace, options.fileLabelSpace) = (space, nil)
        }.loadAnnotation(0)
        #expect(annotation.classes.pixels == [0, 0, 255, 1, 1, 255])
        #expect(annotation.objects?.count == 1)
    }

    /// A category that the file calls no thing has regions, not objects; crowds of what is not countable are ignored.
    @Test func regionsAreCrowds() throws {
        let segments = [segment(9, 7, crowd: 1), segment(500, 300), segment(70_000, 1)].joined(separator: ",")
        let folder = try tree(
            table(
                segments,
                categories: """
                    {"id": 1, "name": "person", "isthing": 0}, {"id": 300, "name": "car"}, {"id": 7, "name": "road"}
                    """))
        let annotation = try open(folder).loadAnnotation(0)
        #expect(annotation.classes.pixels == [255, 255, 11, 13, 13, 255])
        #expect(annotation.objects?.map(\.isCrowd) == [false, true])
    }

    @Test func instancesBesidePanopticLabelsAreRefused() throws {
        let folder = try tree(table(three))
        let error = datasetError { _ = try open(folder) { _, layout in layout.instances = "ids" } }
        #expect(error?.message.contains("panoptic labels have their objects in them") == true)
    }

    @Test func countsOfClassesFollowTheTable() throws {
        let folder = try tree(table(three))
        func key() throws -> [Int] {
            let dataset = try open(folder)
            let store = ClassStatisticsStore(root: folder.path, labelSpace: dataset.labelSpace) { _ in nil }
            return try store.statistics(of: dataset).statistics.pixelCounts
        }
        #expect(try key()[13] == 2)
        try folder.text(
            "annotations/panoptic_train2017.json",
            table([segment(500, 1), segment(9, 7), segment(70_000, 1)].joined(separator: ",")))
        #expect(try key()[13] == 0 && key()[11] == 3)
    }
}

@Suite struct MapillaryDatasetTests {
    private func tree(_ panoptic: String = "training/panoptic") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.image("training/images/a.png", height: 1, width: 6)
        try folder.segments("\(panoptic)/a.png", [1, 2, 3, 3, 4, 0])
        // A motorcyclist, bicycles that nobody told apart, lane marking, a bird.
        let segments = [segment(1, 22), segment(2, 53, crowd: 1), segment(3, 25), segment(4, 1)].joined(separator: ",")
        let categories = (1...66).map { "{\"id\": \($0), \"name\": \"class \($0)\", \"isthing\": 1}" }
        try folder.text(
            "\(panoptic)/panoptic_2018.json", table(segments, categories: categories.joined(separator: ",")))
        return folder
    }

    @Test(arguments: ["training/panoptic", "training/v1.2/panoptic"])
    func categoriesAreNumbersFromOne(panoptic: String) throws {
        let folder = try tree(panoptic)
        let dataset = try DatasetRegistry.open(
            .mapillary, root: folder.path, split: .train, options: .init(labelSpace: .cityscapes19))
        let annotation = try dataset.loadAnnotation(0)
        #expect(annotation.classes.pixels == [12, 18, 0, 0, 255, 255])
        #expect(annotation.objects?.map(\.trainID) == [12, 18] && annotation.objects?.map(\.isCrowd) == [false, true])
        #expect(dataset.name == "mapillary/train")
        #expect(DatasetKind.mapillary.facts?.count(.train) == 18_000)
        #expect(DatasetKind.mapillary.facts?.count(.val) == 2_000 && DatasetKind.mapillary.facts?.count(.test) == 5_000)
    }

    /// The method sheet's table: 0-based numbers of the archive by train id.
    @Test func everyCategoryHasAClassOrIsVoid() throws {
        let space = try LabelSpaceLibrary.standard.space("mapillary")
        let table: [[Int]] = [
            [7, 8, 10, 13, 14, 23, 24], [2, 9, 11, 15], [17], [6], [3], [45, 47], [48], [49, 50], [30], [29], [27],
            [19],
            [20, 21, 22], [55], [61], [54], [58], [57], [52],
        ]
        #expect(space.classes.map { $0.ids.map { $0 - 1 } } == table)
        let encoding = LabelEncoding(.labelIDs, of: space)
        #expect((1...66).allSatisfy { encoding.trainID(of: $0) != nil })
        #expect(encoding.trainID(of: 0) == nil && encoding.trainID(of: 67) == nil)
        #expect(space.hasClasses(of: .cityscapes19))
        #expect(space.thingTrainIDs == LabelSpace.cityscapes19.thingTrainIDs)
    }

    @Test func whatIsMissingIsNamed() throws {
        let folder = try tree()
        try FileManager.default.removeItem(atPath: "\(folder.path)/training/panoptic/panoptic_2018.json")
        let error = datasetError { _ = try DatasetRegistry.open(.mapillary, root: folder.path, split: .train) }
        #expect(error?.message.contains("training/panoptic/panoptic_2018.json: no such panoptic JSON") == true)
        let test = datasetError { _ = try DatasetRegistry.open(.mapillary, root: folder.path, split: .test) }
        #expect(test?.message.contains("labels of Mapillary Vistas's split test are not public") == true)
        let val = datasetError { _ = try DatasetRegistry.open(.mapillary, root: folder.path, split: .val) }
        #expect(val?.message.contains("validation/images: no such folder; unpack Mapillary Vistas v1.2") == true)
    }

    /// 4x8 into 6x6 as it stands: 3x6, with three rows of void.
    @Test func imagesAreScoredInABoxWithVoidBelow() throws {
        let folder = try TemporaryFolder()
        try folder.image("leftImg8bit/val/ulm/a_leftImg8bit.png", height: 1, width: 12, value: 200)
        try folder.labels("gtFine/val/ulm/a_gtFine_labelIds.png", [7, 7, 26, 26, 26, 26, 26, 26, 23, 23, 23, 23])
        try folder.instances(
            "gtFine/val/ulm/a_gtFine_instanceIds.png",
            [7, 7] + [UInt16](repeating: 26_000, count: 6) + [23, 23, 23, 23])
        let dataset = PaddedDataset(
            try CityscapesDataset(root: folder.path, split: .val),
            by: .padding(height: 3, width: 6, interpolation: .bicubic))
        let (image, annotation) = try dataset.loadAnnotated(0)
        #expect(image.image.height == 3 && image.image.width == 6)
        #expect(image.image[0, 5, 0] == 200 && image.image[1, 0, 0] == 0)
        #expect(annotation.classes.pixels == [0, 13, 13, 13, 10, 10] + [UInt8](repeating: 255, count: 12))
        #expect(annotation.objects?[0].box == PixelBox(top: 0, left: 1, height: 1, width: 3))
        #expect(try dataset.loadObjects(0)?.height == 3)
        #expect(dataset.lacksObjects == nil)
    }
}

@Suite struct FoggyCityscapesTests {
    private func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for beta in ["0.005", "0.01", "0.02"] {
            try folder.image(
                "leftImg8bit_foggy/train/ulm/ulm_1_leftImg8bit_foggy_beta_\(beta).png", height: 1, width: 3)
        }
        try folder.labels("gtFine/train/ulm/ulm_1_gtFine_labelIds.png", [7, 26, 24])
        try folder.instances("gtFine/train/ulm/ulm_1_gtFine_instanceIds.png", [7, 26_000, 24])
        return folder
    }

    @Test func oneDensityIsReadWithTheLabelsOfCityscapes() throws {
        let folder = try tree()
        let dataset = try DatasetRegistry.open(.foggyCityscapes, root: folder.path, split: .train)
        #expect(dataset.name == "foggy-cityscapes-0.02/train")
        #expect(dataset.samples.map(\.name) == ["ulm_1"])
        #expect(dataset.samples[0].imagePath.hasSuffix("_foggy_beta_0.02.png"))
        #expect(try dataset.loadAnnotation(0).classes.pixels == [0, 13, 11])
        #expect(try dataset.loadAnnotation(0).objects?.count == 2)
        // The other densities are not strays.
        #expect(dataset.passedOver.count == 0)
        let thin = try DatasetRegistry.open(
            .foggyCityscapes, root: folder.path, split: .train, options: .init(fogDensity: .light))
        #expect(thin.samples[0].imagePath.hasSuffix("_foggy_beta_0.005.png"))
        #expect(DatasetKind.foggyCityscapes.facts?.counts == DatasetKind.cityscapes.facts?.counts)
    }

    @Test func aMissingDensityIsNamed() throws {
        let folder = try tree()
        let path = "\(folder.path)/leftImg8bit_foggy/train/ulm/ulm_1_leftImg8bit_foggy_beta_0.01.png"
        try FileManager.default.removeItem(atPath: path)
        let error = datasetError {
            _ = try DatasetRegistry.open(
                .foggyCityscapes, root: folder.path, split: .train,
                options: .init(readsLabels: false, fogDensity: .medium))
        }
        #expect(error?.code == .emptySplit)
        #expect(error?.message.contains("no images (*_leftImg8bit_foggy_beta_0.01") == true)
        let other = datasetError {
            _ = try DatasetRegistry.open(.gta, root: folder.path, split: .train, options: .init(fogDensity: .dense))
        }
        #expect(other?.message.contains("gta has no fog to choose") == true)
    }
}
