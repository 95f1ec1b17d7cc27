import Annotations
import Datasets
import ImageIO
import Testing
import _TestSupport

/// Folders whose objects stand in a JSON of COCO's instances.
@Suite struct COCOInstancesTests {
    private static let categories =
        #"[{"id": 3, "name": "car"}, {"id": 1, "name": "person"}, {"id": 7, "name": "sky"}]"#
    private static let images =
        #"[{"id": 9, "file_name": "a.png", "height": 3, "width": 4}, {"id": 10, "file_name": "b.png", "height": 3, "width": 4}]"#

    private func json(
        _ annotations: String, images: String = Self.images, categories: String = Self.categories
    ) -> String {
        #"{"info": {}, "images": \#(images), "annotations": [\#(annotations)], "categories": \#(categories)}"#
    }

    private func folder(_ json: String, images: [String] = ["a", "b"]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in images { try folder.image("img/train/\(name).png", height: 3, width: 4) }
        try folder.text("instances_train.json", json)
        return folder
    }

    private func open(
        _ folder: TemporaryFolder, labels: String? = nil, readsLabels: Bool = true, collects: Bool = false
    ) throws -> FolderDataset {
        var layout = FolderLayout()
        layout.images = "img/<split>"
        layout.labels = labels
        layout.instances = "instances_<split>.json"
        var options = DatasetOptions(readsLabels: readsLabels, labelSpace: .cityscapes19, layout: layout)
        options.leavesOutIncompletePairs = collects
        return try FolderDataset(root: folder.path, split: .train, options: options)
    }

    private func mask(_ rows: [String]) -> ObjectMask {
        ObjectMask(
            ofNonzero: LabelMap(
                height: rows.count, width: rows[0].count, channels: 1,
                pixels: rows.joined().utf8.map { $0 == UInt8(ascii: "#") ? 1 : 0 }))
    }

    /// A rectangle as polygon, run lengths as numbers and as text, a crowd, and a category that is not countable.
    private static let annotations = """
        {"id": 1, "image_id": 9, "category_id": 3, "iscrowd": 0, "segmentation": [[1, 0, 3, 0, 3, 2, 1, 2]]},
        {"id": 2, "image_id": 9, "category_id": 1, "segmentation": {"size": [3, 4], "counts": [4, 1, 7]}},
        {"id": 3, "image_id": 10, "category_id": 1, "iscrowd": 1, "segmentation": {"size": [3, 4], "counts": "039"}},
        {"id": 4, "image_id": 9, "category_id": 7, "iscrowd": 0, "segmentation": [[0, 2, 4, 2, 4, 3, 0, 3]]}
        """

    @Test func polygonsAndRunLengthsAreObjectsAndTheirClassesArePainted() throws {
        let folder = try folder(json(Self.annotations))
        defer { withExtendedLifetime(folder) {} }
        let dataset = try open(folder)
        defer { withExtendedLifetime(folder) {} }
        let first = try dataset.loadAnnotation(0)
        #expect(
            first.objects == [
                AnnotatedObject(trainID: 13, mask: mask([".##.", ".##.", "...."])),
                AnnotatedObject(trainID: 11, mask: mask(["....", ".#..", "...."])),
            ])
        // The smaller object tells the class where both are; nobody says what the rest is.
        #expect(first.classes.pixels == [255, 13, 13, 255, 255, 11, 13, 255, 255, 255, 255, 255])
        #expect(try dataset.loadLabels(0) == first.classes)
        #expect(dataset.lacksObjects == nil)
        let second = try dataset.loadAnnotation(1)
        #expect(second.objects?.map(\.isCrowd) == [true])
        #expect(try dataset.loadObjects(1)?.objects == second.objects)
    }

    @Test func classMapsAreReadWhereThereAreSome() throws {
        let folder = try folder(json(Self.annotations))
        defer { withExtendedLifetime(folder) {} }
        for name in ["a", "b"] {
            try ImageCodec.writePNG(
                LabelMap(height: 3, width: 4, channels: 1, filledWith: 7), to: folder.made("ids/train/\(name).png"))
        }
        let dataset = try open(folder, labels: "ids/<split>")
        #expect(try dataset.loadLabels(0).pixels == [UInt8](repeating: 0, count: 12))
        #expect(try dataset.loadAnnotation(0).objects?.map(\.trainID) == [13, 11])
    }

    @Test func imagesOfSeveralFoldersAreFoundByTheEndOfTheirPaths() throws {
        let images =
            #"[{"id": "x", "file_name": "one/a.png", "height": 3, "width": 4}, {"id": "y", "file_name": "two/a.png", "height": 3, "width": 4}]"#
        let folder = try folder(
            json(
                #"{"id": 5, "image_id": "y", "category_id": 3, "segmentation": [[0, 0, 2, 0, 2, 2]]}"#, images: images),
            images: ["one/a", "two/a"])
        defer { withExtendedLifetime(folder) {} }
        let dataset = try open(folder)
        #expect(try dataset.loadObjects(0)?.objects == [])
        #expect(try dataset.loadObjects(1)?.objects.map(\.trainID) == [13])
    }

    private static func wrong(_ segmentation: String) -> String {
        #"{"id": 6, "image_id": 9, "category_id": 3, "segmentation": \#(segmentation)}"#
    }

    @Test(arguments: [
        (wrong("[[0, 0, 2, 2]]"), "a polygon has 4 numbers; give x and y of at least three corners"),
        (wrong("[[0, 0, 2, 2, 3]]"), "a polygon has 5 numbers"), (wrong("[]"), "there is no polygon"),
        (
            wrong(#"{"size": [4, 3], "counts": [12]}"#),
            "its size is 3x4, its image is 4x3 (`size` is height, then width)"
        ),
        (wrong(#"{"size": [3, 4], "counts": [5, 5]}"#), "the run lengths make 10 pixels, its size 4x3 has 12"),
        (wrong(#"{"size": [3, 4], "counts": null}"#), "`counts` are neither a text nor a list of whole numbers"),
        (wrong("[[0, 0, null, 2, 3, 3]]"), "a polygon has a corner at nan"),
    ])
    func whatIsNoMaskIsNamedWithItsAnnotation(annotation: String, text: String) throws {
        let folder = try folder(json(annotation))
        defer { withExtendedLifetime(folder) {} }
        let dataset = try open(folder)
        defer { withExtendedLifetime(folder) {} }
        let error = try #require(datasetError { _ = try dataset.loadObjects(0) })
        #expect(error.code == .unreadable)
        #expect(
            error.message.contains(
                "instances_train.json: the segmentation of the annotation 6, of a.png, is no mask: \(text)"))
        #expect(error.message.hasSuffix("; mend or remove the annotation"))
        // Other images are none the worse.
        #expect(try dataset.loadObjects(1)?.objects == [])
    }

    @Test(arguments: [
        (
            #"{"id": 6, "image_id": 11, "category_id": 3, "segmentation": []}"#,
            "is of the image 11, which `images` does not list"
        ),
        (
            #"{"id": 6, "image_id": 9, "category_id": 4, "segmentation": []}"#,
            "is of the category 4, which `categories` does not"
        ),
        (#"{"id": 6, "image_id": 9, "category_id": 3}"#, "the annotation 6 has no segmentation"),
        (#"{"id": 6, "image_id": 9, "segments_info": []}"#, "is a panoptic JSON, with segments; give it as panoptic"),
    ])
    func wrongEntriesAreNamedBeforeAnythingIsRead(annotation: String, text: String) throws {
        let folder = try folder(json(annotation))
        defer { withExtendedLifetime(folder) {} }
        let error = try #require(datasetError { _ = try open(folder) })
        #expect(error.message.contains("instances_train.json") && error.message.contains(text))
    }

    @Test func aCategoryWithoutAClassIsNamedUnlessItIsEmpty() throws {
        let categories = #"[{"id": 3, "name": "car"}, {"id": 5, "name": "boat"}]"#
        let annotation = #"{"id": 6, "image_id": 9, "category_id": 5, "segmentation": []}"#
        let wrong = try folder(json(annotation, categories: categories))
        let message = try #require(datasetError { _ = try open(wrong) }).message
        #expect(
            message.contains("instances_train.json: the category 5, 'boat', of 1 objects is no class of cityscapes19"))
        #expect(message.contains("; add a class of this name to it, or set unknown: ignore there"))
        let empty = try folder(json("", categories: categories))
        defer { withExtendedLifetime((wrong, empty)) {} }
        _ = try open(empty)
    }

    @Test func imagesThatAreNotListedAreNamedAndThoseNotThereAreTold() throws {
        let folder = try folder(json(Self.annotations), images: ["a", "c"])
        defer { withExtendedLifetime(folder) {} }
        #expect(
            datasetError { _ = try open(folder) }?.message.contains(
                "c.png: is not among the 2 images that \(folder.path)/instances_train.json lists") == true)
        let checked = try open(folder, collects: true)
        let found = DatasetInspector(checked, split: .train, facts: nil, needsObjects: true).inspect()
        #expect(found.findings.contains { $0.message.contains("c.png: is not among") })
        #expect(found.findings.contains { $0.message.contains("lists 1 images that are not read, such as b.png") })
        #expect(found.objects?.byClass[13] == 1)
        // An object that lies on another is no contradiction where classes are painted.
        #expect(!found.findings.contains { $0.message.contains("have another class in") })
        let quick = DatasetInspector(checked, split: .train, facts: nil).inspect(.headers)
        #expect(quick.findings.filter { $0.severity == .damage }.count == 1)
    }

    @Test func aFileOfResultsIsNoTable() throws {
        let folder = try folder("[]")
        defer { withExtendedLifetime(folder) {} }
        let message = try #require(datasetError { _ = try open(folder) }).message
        #expect(message.contains("instances_train.json: is a list, such as results, and no file of annotations"))
    }

    @Test func aTargetNeedsNoTable() throws {
        let folder = try folder("no json")
        defer { withExtendedLifetime(folder) {} }
        let dataset = try open(folder, readsLabels: false)
        #expect(dataset.count == 2 && dataset.samples[0].labelPath == nil)
        #expect(
            datasetError { _ = try open(folder) }?.message.contains(
                "instances_train.json: cannot be read as COCO's instances") == true)
    }

    @Test func countsOfClassesAreKeptForEachImage() throws {
        let folder = try folder(json(Self.annotations))
        defer { withExtendedLifetime(folder) {} }
        let store = ClassStatisticsStore(root: folder.path, labelSpace: .cityscapes19)
        let first = try store.statistics(of: try open(folder)).statistics
        #expect(first.images.map { $0.pixelCounts[13] } == [3, nil])
        #expect(
            try store.keptStatistics(of: try open(folder))?.images.map(\.pixelCounts) == first.images.map(\.pixelCounts)
        )
        // A changed table is counted again.
        try folder.text("instances_train.json", json(""))
        #expect(store.keptStatistics(of: try open(folder)) == nil)
    }
}
