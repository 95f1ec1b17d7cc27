import Datasets
import Evaluation
import ImageIO
import _TestSupport

extension Reader {
    static let annotations = [
        cocoInstances, panoptic, panopticPNG, cocoResults, cityscapesInstances, splitList, pairList, synscapes,
        classCounts,
        predictedPanoptic,
    ]

    private static func put(_ image: RGBImage, _ folder: String, _ name: String) throws {
        try putFile(try ImageCodec.encodePNG(image), folder, name)
    }

    private static let image = RGBImage(height: 3, width: 4, channels: 3, filledWith: 90)

    private static let instancesText = """
        {"info": {}, "images": [{"id": 9, "file_name": "a.png", "height": 3, "width": 4}],
         "annotations": [
          {"id": 1, "image_id": 9, "category_id": 3, "iscrowd": 0, "area": 4, "bbox": [1, 0, 2, 2], "segmentation": [[1, 0, 3, 0, 3, 2, 1, 2]]},
          {"id": 2, "image_id": 9, "category_id": 1, "iscrowd": 0, "area": 1, "bbox": [1, 1, 1, 1], "segmentation": {"size": [3, 4], "counts": [4, 1, 7]}},
          {"id": 3, "image_id": 9, "category_id": 1, "iscrowd": 1, "area": 3, "bbox": [1, 0, 1, 3], "segmentation": {"size": [3, 4], "counts": "039"}}],
         "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}]}
        """

    private static func open(_ folder: String, _ change: (inout FolderLayout) -> Void) throws -> FolderDataset {
        var layout = FolderLayout()
        layout.images = "img"
        change(&layout)
        return try FolderDataset(
            root: folder, split: .train, options: DatasetOptions(labelSpace: .cityscapes19, layout: layout))
    }

    private static let cocoInstances = Reader.text(
        "coco-instances", "instances.json", instancesText, marks: ["a.png"],
        beside: { try put(image, $0, "img/a.png") },
        read: { folder in
            let dataset = try open(folder) { $0.instances = "instances.json" }
            for index in 0..<dataset.count { _ = try dataset.loadAnnotated(index) }
        })

    private static let panopticText = """
        {"images": [{"id": "a", "file_name": "a.jpg", "height": 1, "width": 3}],
         "annotations": [{"image_id": "a", "file_name": "a.png", "segments_info": [
          {"id": 9, "category_id": 1, "iscrowd": 0, "area": 2, "bbox": [0, 0, 2, 1]},
          {"id": 70000, "category_id": 7, "iscrowd": 0, "area": 1, "bbox": [2, 0, 1, 1]}]}],
         "categories": [{"id": 1, "name": "person", "isthing": 1}, {"id": 7, "name": "road", "isthing": 0}]}
        """
    private static let segments = RGBImage(height: 1, width: 3, channels: 3, pixels: [9, 0, 0, 9, 0, 0, 112, 17, 1])

    private static func putPanoptic(_ folder: String) throws {
        try put(RGBImage(height: 1, width: 3, channels: 3, filledWith: 1), folder, "img/a.png")
        try put(segments, folder, "panoptic/a.png")
    }

    private static func readPanoptic(_ folder: String) throws {
        let dataset = try open(folder) { $0.panoptic = "panoptic.json" }
        for index in 0..<dataset.count { _ = try dataset.loadAnnotated(index) }
    }

    private static let panoptic = Reader.text(
        "panoptic-json", "panoptic.json", panopticText, marks: ["a.png", "/panoptic"], beside: putPanoptic,
        read: readPanoptic)

    private static let panopticPNG = Reader(
        "panoptic-png", "panoptic/a.png",
        prepare: { folder in
            try putPanoptic(folder)
            try putFile(Array(panopticText.utf8), folder, "panoptic.json")
        }, read: readPanoptic)

    private static let predictedPanoptic = Reader.text(
        "score-panoptic", "out.json", panopticText, marks: ["a.png", "/out"],
        beside: { folder in
            try putFile(Array(panopticText.utf8), folder, "gt.json")
            for place in ["gt", "out"] { try put(segments, folder, "\(place)/a.png") }
        },
        read: { folder in
            let scorer = try PanopticFileScorer(labels: "\(folder)/gt.json", predictions: "\(folder)/out.json")
            _ = scorer.quality(try scorer.matches())
        })

    private static let cocoResults = Reader.text(
        "coco-results", "results.json",
        """
        [{"image_id": 9, "category_id": 3, "score": 0.9, "segmentation": {"size": [3, 4], "counts": "039"}},
         {"image_id": 9, "category_id": 1, "score": 0.25, "segmentation": {"size": [3, 4], "counts": [4, 1, 7]}}]
        """,
        beside: { try putFile(Array(instancesText.utf8), $0, "gt.json") },
        read: { folder in
            let scorer = try COCOInstanceScorer(labels: "\(folder)/gt.json", predictions: "\(folder)/results.json")
            _ = scorer.precisions(scorer.matches())
        })

    private static let cityscapesInstances = Reader.text(
        "cityscapes-instances", "out/x.txt", "m/0.png 26 0.75\nm/1.png 24 0.5\n", marks: ["/out", "x_gtFine"],
        beside: { folder in
            let ids = InstanceMap(height: 1, width: 4, channels: 1, pixels: [26000, 26000, 7, 24001])
            try putFile(try ImageCodec.encodePNG(ids), folder, "gt/x_gtFine_instanceIds.png")
            for (number, mask) in [[1, 1, 0, 0], [0, 0, 0, 255]].enumerated() {
                let map = LabelMap(height: 1, width: 4, channels: 1, pixels: mask.map(UInt8.init))
                try putFile(try ImageCodec.encodePNG(map), folder, "out/m/\(number).png")
            }
        },
        read: { folder in
            let scorer = try CityscapesInstanceScorer(
                labels: "\(folder)/gt", predictions: "\(folder)/out", space: .cityscapes19)
            _ = scorer.precisions(try scorer.matches())
        })

    private static let splitList = Reader.text(
        "split-list", "train.txt", "a\nb.png\n# a remark\nimg/c.png\n", marks: ["/img", "list"],
        beside: { folder in for name in ["a", "b", "c"] { try put(image, folder, "img/\(name).png") } },
        read: { folder in
            var layout = FolderLayout()
            (layout.images, layout.list) = ("img", "train.txt")
            _ = try FolderDataset(
                root: folder, split: .train,
                options: DatasetOptions(readsLabels: false, labelSpace: .cityscapes19, layout: layout))
        })

    private static let pairList = Reader.text(
        "pair-list", "pairs.txt", "img/a.png lab/a.png\nimg/b.png,lab/b.png\n", marks: ["/img", "/labels", "list"],
        beside: { folder in
            for name in ["a", "b"] {
                try put(image, folder, "img/\(name).png")
                try putFile(
                    try ImageCodec.encodePNG(LabelMap(height: 3, width: 4, channels: 1, filledWith: 7)), folder,
                    "lab/\(name).png")
            }
        }, read: { folder in _ = try open(folder) { $0.list = "pairs.txt" } })

    private static let synscapes = Reader.text(
        "synscapes-meta", "meta/1.json", #"{"camera": {}, "instance": {"class": {"5": 26, "6": 24}}}"#,
        marks: ["1.png"],
        beside: { folder in
            let ids = RGBImage(height: 1, width: 3, channels: 3, pixels: [5, 0, 0, 5, 0, 0, 6, 0, 0])
            try put(ids, folder, "img/rgb/1.png")
            try put(ids, folder, "img/instance/1.png")
            let classes = LabelMap(height: 1, width: 3, channels: 1, pixels: [26, 26, 24])
            try putFile(try ImageCodec.encodePNG(classes), folder, "img/class/1.png")
        },
        read: { folder in
            let dataset = try DatasetRegistry.open(.synscapes, root: folder, split: .train, options: DatasetOptions())
            for index in 0..<dataset.count { _ = try dataset.loadObjects(index) }
        })

    private struct Notice: Error, CustomStringConvertible { let description: String }

    private static func readCounts(_ folder: String) throws {
        let dataset = try DatasetRegistry.open(.gta, root: folder, split: .train, options: DatasetOptions())
        // Counts that cannot be used are made again, which is said.
        let store = ClassStatisticsStore(root: folder, labelSpace: dataset.labelSpace) { _ in nil }
        let answer = try store.statistics(of: dataset)
        guard answer.statistics.pixelCounts[0] == 2 else { throw Notice(description: "wrong counts are used") }
        if let notice = answer.notices.first { throw Notice(description: notice) }
    }

    private static let classCounts = Reader(
        "class-counts", "class_counts_\(LabelSpace.cityscapes19.name)-\(LabelSpace.cityscapes19.classFingerprint).json",
        isText: true,
        prepare: { folder in
            try putFile(
                try ImageCodec.encodePNG(LabelMap(height: 1, width: 3, channels: 1, pixels: [7, 7, 8])), folder,
                "labels/1.png")
            try put(RGBImage(height: 1, width: 3, channels: 3, filledWith: 1), folder, "images/1.png")
            try readCounts(folder)
        }, read: readCounts)
}
