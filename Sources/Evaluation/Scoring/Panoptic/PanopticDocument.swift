internal import Basics
internal import ImageIO

/// A JSON file of COCO's panoptic form: images with their PNG of ids, and what the ids mean.
struct PanopticDocument {
    struct Category {
        let id: Int
        let name: String
        let isThing: Bool
    }

    struct Segment {
        let id: UInt32
        let categoryID: Int
        /// As written; nil where the file does not say.
        let area: Int?
        let isCrowd: Bool
    }

    struct Image {
        /// Of the image, as text: COCO numbers its images, Cityscapes names them.
        let id: String
        /// The PNG, below the folder of the PNG files.
        let file: String
        let segments: [Segment]
    }

    let path: String
    /// In the order of the file; empty where it has none.
    let categories: [Category]
    let images: [Image]

    /// - Throws: `unreadable`, `malformed`, `duplicateName`, `inconsistent`, `emptyFolder` for a file without images.
    init(_ path: String) throws(EvaluationError) {
        self.path = path
        let json = try ObjectFile(path)
        if json.value.elements != nil { throw Self.isOfObjects(path) }
        categories = try json.list("categories", isNeeded: false).map { entry throws(EvaluationError) in
            Category(
                id: try entry.int("id"), name: try entry.text("name"), isThing: try entry.flag("isthing", default: nil))
        }
        try json.requireUnique(categories.map { "\($0.id)" }, "category id")
        try json.requireUnique(categories.map(\.name), "category name")
        images = try json.list("annotations", isNeeded: true).map { entry throws(EvaluationError) in
            guard entry.value["segments_info"] != nil || entry.value["segmentation"] == nil else {
                throw Self.isOfObjects(path)
            }
            return try Self.image(entry)
        }
        guard !images.isEmpty else {
            throw EvaluationError(
                .emptyFolder, "\(path): its list `annotations` is empty, so there is nothing to score; give the file of a "
                    + "whole data set")
        }
        try json.requireUnique(images.map(\.id), "image_id")
    }

    private static func isOfObjects(_ path: String) -> EvaluationError {
        EvaluationError(
            .malformed,
            "\(path): holds objects as polygons or run lengths, where a panoptic file has `segments_info` and a PNG for "
                + "each image; score it by `causeway score instance --protocol coco`")
    }

    private static func image(_ entry: ObjectFile.Entry) throws(EvaluationError) -> Image {
        let id = try entry.identifier("image_id")
        let segments = try entry.list("segments_info").map { entry throws(EvaluationError) in
            let number = try entry.int("id")
            guard let id = UInt32(exactly: number), id < 1 << 24 else {
                throw entry.error("its id \(number) is not possible: three bytes of a PNG hold 0 to 16777215")
            }
            let area = try entry.value["area"].map { _ throws(EvaluationError) in try entry.int("area") }
            guard area.map({ $0 > 0 }) ?? true else {
                throw EvaluationError(
                    .inconsistent,
                    "\(entry.place): has the area \(area ?? 0); leave out segments without a pixel, or write their pixels")
            }
            return Segment(
                id: id, categoryID: try entry.int("category_id"), area: area,
                isCrowd: try entry.flag("iscrowd", default: false))
        }
        var seen = Set<UInt32>()
        if let twice = segments.first(where: { !seen.insert($0.id).inserted }) {
            throw EvaluationError(
                .duplicateName, "\(entry.place): two segments have the id \(twice.id); give each its own")
        }
        return Image(id: id, file: try entry.text("file_name"), segments: segments)
    }
}
