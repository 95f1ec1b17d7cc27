internal import Basics
internal import ImageIO

/// The table of objects of many images in COCO's form:
///
///     {"categories": [{"id": 1, "name": "person"}, …],
///      "images": [{"id": 9, "file_name": "9.jpg", "height": 480, "width": 640}, …],
///      "annotations": [{"id": 3, "image_id": 9, "category_id": 1, "iscrowd": 0,
///                       "segmentation": [[x1, y1, x2, y2, x3, y3, …], …] or {"size": [480, 640], "counts": …}}, …]}
///
/// Of each object its place in the file is kept, and the mask is read when it is wanted: the masks of COCO's training
/// images would take a gigabyte.
struct COCOInstancesFile: Sendable {
    struct Image: Sendable, Equatable {
        /// Number or text, as text.
        let id: String
        /// Name with folders, as the file has it.
        let fileName: String
        let height: Int
        let width: Int
    }

    /// An object before its mask is read.
    struct Entry: Sendable, Equatable {
        /// Number or text, as text; empty where the file gives none.
        let id: String
        let categoryID: Int
        let isCrowd: Bool
        /// Where the mask stands in the file.
        let bytes: Range<Int>
    }

    let path: String
    /// In the order of the file.
    let categories: [PanopticFile.Category]
    let images: [Image]
    /// A hash of the file.
    let digest: String
    /// Objects by place of their image, in the order of the file.
    private let entries: [[Entry]]
    /// Places of images by the last part of their names.
    private let imagesByName: [Substring: [Int]]

    /// Reads a file whole.
    ///
    /// - Throws: `missingFolder` where there is no such file; `unreadable` for one that is no such JSON;
    ///   `ambiguousFiles` for what is there twice; `unknownLabel` for an object of no image or category.
    init(_ path: String) throws(DatasetError) {
        var parser = COCOInstancesParser()
        digest = try parser.read(path, named: "JSON of instances", as: "COCO's instances")
        self.path = path
        categories = parser.categories
        images = parser.images
        entries = try parser.entriesByImage(path)
        imagesByName = Dictionary(grouping: images.indices) { [images] in
            images[$0].fileName.split(separator: "/").last ?? ""
        }
    }

    /// How many objects each category has, by its id.
    var objectCounts: [Int: Int] {
        entries.joined().reduce(into: [:]) { counts, entry in counts[entry.categoryID, default: 0] += 1 }
    }

    /// The place of the image of a file: the longest name that is an end of its path; nil where none is.
    func place(ofImage path: String) -> Int? {
        let parts = path.split(separator: "/")
        let found = imagesByName[parts.last ?? ""]?.filter { place in
            let own = images[place].fileName.split(separator: "/").filter { $0 != "." }
            return parts.suffix(own.count).elementsEqual(own)
        }
        return found?.max { images[$0].fileName.utf8.count < images[$1].fileName.utf8.count }
    }

    func entries(ofImage place: Int) -> [Entry] { entries[place] }

    /// What stands in the file at a place.
    ///
    /// - Throws: `unreadable`, also where the file has changed since.
    func value(at range: Range<Int>) throws(DatasetError) -> JSONValue {
        do {
            return try JSONValue.parsed(try FileBytes.read(path, range: range))
        } catch {
            throw DatasetError(
                .unreadable, "\(path): cannot be read any more, or has changed since it was opened; start again",
                cause: error)
        }
    }
}

/// What is met while such a file is read.
private struct COCOInstancesParser: AnnotationParser {
    private(set) var categories: [PanopticFile.Category] = []
    private(set) var images: [COCOInstancesFile.Image] = []
    private var entries: [(imageID: String, entry: COCOInstancesFile.Entry)] = []
    private var hasAnnotations = false
    /// What shows that the file is another kind of JSON.
    private var foreign: String?

    mutating func document(_ scanner: inout JSONScanner) throws(JSONError) {
        let kind = try scanner.kind()
        guard kind == .object else {
            if kind == .array { foreign = "is a list, such as results, and no file of annotations" }
            throw scanner.error("an object with annotations is expected")
        }
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "categories": try scanner.array { scanner throws(JSONError) in try category(&scanner) }
            case "images": try scanner.array { scanner throws(JSONError) in try image(&scanner) }
            case "annotations":
                hasAnnotations = true
                try scanner.array { scanner throws(JSONError) in try annotation(&scanner) }
            default: try scanner.skip()
            }
        }
        try scanner.end()
        guard hasAnnotations else { throw scanner.error("there is no list of annotations") }
    }

    private mutating func category(_ scanner: inout JSONScanner) throws(JSONError) {
        var (id, name) = (Int?.none, "")
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "id": id = try scanner.integer()
            case "name": name = try scanner.string()
            default: try scanner.skip()
            }
        }
        guard let id else { throw scanner.error("a category has no id") }
        categories.append(PanopticFile.Category(id: id, name: name, isThing: nil))
    }

    private mutating func image(_ scanner: inout JSONScanner) throws(JSONError) {
        var (id, fileName, height, width) = (String?.none, String?.none, 0, 0)
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "id": id = try scanner.scalarText()
            case "file_name": fileName = try scanner.string()
            case "height": height = try scanner.integer()
            case "width": width = try scanner.integer()
            default: try scanner.skip()
            }
        }
        guard let id, let fileName else { throw scanner.error("an image has no id or no file_name") }
        guard height > 0, width > 0 else { throw scanner.error("the image \(id) has no height or no width") }
        guard ImageReading.allows(height: height, width: width) else {
            throw scanner.error(
                "the image \(id) has \(width)x\(height) pixels, more than data.largestImage allows; write the size of the file"
            )
        }
        images.append(COCOInstancesFile.Image(id: id, fileName: fileName, height: height, width: width))
    }

    private mutating func annotation(_ scanner: inout JSONScanner) throws(JSONError) {
        var (id, imageID, categoryID, isCrowd) = ("", String?.none, Int?.none, false)
        var bytes: Range<Int>?
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "id": id = try scanner.scalarText()
            case "image_id": imageID = try scanner.scalarText()
            case "category_id": categoryID = try scanner.integer()
            case "iscrowd": isCrowd = try scanner.flag()
            case "segmentation":
                let start = scanner.position
                try scanner.skip()
                bytes = start..<scanner.position
            case "segments_info":
                foreign = "is a panoptic JSON, with segments; give it as panoptic, and not as instances"
                try scanner.skip()
            default: try scanner.skip()
            }
        }
        guard let imageID, let categoryID else {
            throw scanner.error("an annotation has no image_id or no category_id")
        }
        guard let bytes else {
            throw scanner.error("the annotation \(id) has no segmentation; objects need polygons or run lengths")
        }
        entries.append(
            (imageID, COCOInstancesFile.Entry(id: id, categoryID: categoryID, isCrowd: isCrowd, bytes: bytes)))
    }

    // MARK: What was read

    func entriesByImage(_ path: String) throws(DatasetError) -> [[COCOInstancesFile.Entry]] {
        var places: [String: Int] = [:]
        for (place, image) in images.enumerated() {
            guard places.updateValue(place, forKey: image.id) == nil else {
                throw DatasetError(
                    .ambiguousFiles, "\(path): two images have the id \(image.id); give each one of its own")
            }
        }
        if let twice = Self.firstTwice(images.map(\.fileName)) {
            throw DatasetError(.ambiguousFiles, "\(path): lists the image \(twice) twice; remove one of the two")
        }
        if let twice = Self.firstTwice(categories.map { "\($0.id)" }) {
            throw DatasetError(
                .ambiguousFiles, "\(path): two categories have the id \(twice); give each one of its own")
        }
        let known = Set(categories.map(\.id))
        var result = [[COCOInstancesFile.Entry]](repeating: [], count: images.count)
        for (imageID, entry) in entries {
            guard let place = places[imageID] else {
                throw DatasetError(
                    .unknownLabel,
                    "\(path): the annotation \(entry.id) is of the image \(imageID), which `images` does not list; add it, or "
                        + "remove the annotation")
            }
            guard known.contains(entry.categoryID) else {
                throw DatasetError(
                    .unknownLabel,
                    "\(path): the annotation \(entry.id) is of the category \(entry.categoryID), which `categories` does not "
                        + "list; add it, or remove the annotation")
            }
            result[place].append(entry)
        }
        return result
    }

    private static func firstTwice(_ names: [String]) -> String? {
        var seen = Set<String>()
        return names.first { !seen.insert($0).inserted }
    }

    func refusal(of path: String, _ error: JSONError) -> DatasetError {
        if let foreign { return DatasetError(.unreadable, "\(path): \(foreign) (\(error))") }
        return DatasetError(
            .unreadable,
            "\(path): cannot be read as COCO's instances (\(error)); it needs the lists images, categories and annotations, "
                + "with id, image_id, category_id and segmentation")
    }
}
