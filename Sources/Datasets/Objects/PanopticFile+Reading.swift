internal import Basics
internal import ImageIO

extension PanopticFile {
    /// Reads a file whole; a hundred megabytes take about a second.
    ///
    /// - Parameter requiresCategories: false for predictions, which may come without.
    /// - Throws: `missingFolder` where there is no such file, `unreadable` for one that is no JSON or no panoptic JSON,
    ///   `unknownLabel` for a category that the file does not list, `ambiguousFiles` for what is there twice.
    public init(_ path: String, requiresCategories: Bool = true) throws(DatasetError) {
        var parser = PanopticParser()
        let digest = try parser.read(path, named: "panoptic JSON", as: "panoptic JSON")
        self = try parser.file(path, requiresCategories: requiresCategories, digest: digest)
    }
}

/// What is met while a panoptic JSON is read.
private struct PanopticParser: AnnotationParser {
    private var categories: [PanopticFile.Category] = []
    private var images: [PanopticFile.Image] = []
    private var segments: [PanopticFile.Segment] = []
    private var listed: [String: ListedImage] = [:]
    private var hasAnnotations = false
    /// What shows that the file is another kind of JSON.
    private var foreignKeys: Set<String> = []

    private struct ListedImage {
        var fileName: String?
        var height: Int?
        var width: Int?
    }

    // MARK: Reading

    mutating func document(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.kind() == .object else {
            foreignKeys.insert("a list")
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
    }

    private mutating func category(_ scanner: inout JSONScanner) throws(JSONError) {
        var id: Int?
        var (name, isThing) = ("", Bool?.none)
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "id": id = try scanner.integer()
            case "name": name = try scanner.string()
            case "isthing": isThing = try scanner.flag()
            default: try scanner.skip()
            }
        }
        guard let id else { throw scanner.error("a category has no id") }
        categories.append(PanopticFile.Category(id: id, name: name, isThing: isThing))
    }

    private mutating func image(_ scanner: inout JSONScanner) throws(JSONError) {
        var id: String?
        var image = ListedImage()
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "id": id = try scanner.scalarText()
            case "file_name": image.fileName = try scanner.string()
            case "height": image.height = try scanner.integer()
            case "width": image.width = try scanner.integer()
            default: try scanner.skip()
            }
        }
        guard let id else { throw scanner.error("an image has no id") }
        listed[id] = image
    }

    private mutating func annotation(_ scanner: inout JSONScanner) throws(JSONError) {
        var (id, fileName) = (String?.none, String?.none)
        var hasSegments = false
        let start = segments.count
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "image_id": id = try scanner.scalarText()
            case "file_name": fileName = try scanner.string()
            case "segments_info":
                hasSegments = true
                try scanner.array { scanner throws(JSONError) in try segment(&scanner) }
            case "segmentation", "bbox", "category_id", "score":
                foreignKeys.insert(key)
                try scanner.skip()
            default: try scanner.skip()
            }
        }
        guard hasSegments else { throw scanner.error("an annotation has no segments_info") }
        guard let fileName else { throw scanner.error("an annotation has no file_name") }
        images.append(
            PanopticFile.Image(fileName: PanopticFile.name(of: fileName), id: id ?? "", range: start..<segments.count))
    }

    private mutating func segment(_ scanner: inout JSONScanner) throws(JSONError) {
        var (id, category, area) = (Int?.none, Int?.none, Int?.none)
        var isCrowd = false
        try scanner.object { scanner, key throws(JSONError) in
            switch key {
            case "id": id = try scanner.integer()
            case "category_id": category = try scanner.integer()
            case "area": area = try scanner.integer()
            case "iscrowd": isCrowd = try scanner.flag()
            default: try scanner.skip()
            }
        }
        guard let id else { throw scanner.error("a segment has no id") }
        guard let category else { throw scanner.error("the segment \(id) has no category_id") }
        guard (0...PanopticFile.largestID).contains(id) else {
            throw scanner.error(
                "the segment \(id) has a number that no pixel can have: R + 256 G + 65536 B is at most "
                    + "\(PanopticFile.largestID)")
        }
        segments.append(
            PanopticFile.Segment(id: UInt32(id), categoryID: category, area: area, isCrowd: isCrowd))
    }

    // MARK: What it comes to

    /// The whole file.
    func file(_ path: String, requiresCategories: Bool, digest: String) throws(DatasetError) -> PanopticFile {
        guard hasAnnotations else {
            throw refusal(of: path, JSONError(offset: 0, line: 1, reason: "there are no annotations"))
        }
        guard !categories.isEmpty || !requiresCategories else {
            throw DatasetError(
                .unreadable,
                "\(path): lists no categories, so that nothing is known of its numbers; give the file "
                    + "that the annotations are published in")
        }
        try checkCategories(path)
        let known = Set(categories.map(\.id))
        var byName: [String: Int] = [:]
        var images = images
        for index in images.indices {
            let image = images[index]
            if byName.updateValue(index, forKey: image.fileName) != nil {
                throw DatasetError(
                    .ambiguousFiles,
                    "\(path): annotates \(image.fileName) twice, so it is open which segments are meant; remove one")
            }
            try checkSegments(image, among: known, path)
            guard let listed = listed[image.id] else { continue }
            (images[index].imageFileName, images[index].height, images[index].width) =
                (listed.fileName, listed.height, listed.width)
        }
        return PanopticFile(
            path: path, categories: categories, images: images, segments: segments, imagesByName: byName,
            digest: digest)
    }

    private func checkCategories(_ path: String) throws(DatasetError) {
        var (ids, names): (Set<Int>, Set<String>) = ([], [])
        for category in categories {
            guard ids.insert(category.id).inserted else {
                throw DatasetError(.ambiguousFiles, "\(path): lists the category \(category.id) twice; remove one")
            }
            guard category.name.isEmpty || names.insert(category.name).inserted else {
                throw DatasetError(
                    .ambiguousFiles, "\(path): lists two categories called '\(category.name)'; rename one")
            }
        }
    }

    private func checkSegments(
        _ image: PanopticFile.Image, among known: Set<Int>, _ path: String
    ) throws(DatasetError) {
        var ids: Set<UInt32> = []
        for segment in segments[image.range] {
            guard ids.insert(segment.id).inserted else {
                throw DatasetError(
                    .ambiguousFiles,
                    "\(path): \(image.fileName) has the segment \(segment.id) twice; give each segment a number of its own"
                )
            }
            guard known.isEmpty || known.contains(segment.categoryID) else {
                throw DatasetError(
                    .unknownLabel,
                    "\(path): the segment \(segment.id) of \(image.fileName) is of category \(segment.categoryID), which "
                        + "the file does not list; its categories are "
                        + "\(known.sorted().prefix(8).map(String.init).joined(separator: ", "))"
                        + (known.count > 8 ? ", …" : ""))
            }
        }
    }

    /// Why a file is not read, and which other kind of file it seems to be.
    func refusal(of path: String, _ error: JSONError) -> DatasetError {
        let wanted =
            "a panoptic JSON has annotations with file_name and segments_info, and a PNG for each image beside it"
        if !foreignKeys.isDisjoint(with: ["segmentation", "bbox"]) {
            return DatasetError(
                .unreadable,
                "\(path): is a JSON of single instances, with polygons or run lengths, not of panoptic segments; give "
                    + "panoptic_*.json instead of instances_*.json: \(wanted) (\(error))")
        }
        if foreignKeys.contains("a list") {
            return DatasetError(
                .unreadable, "\(path): is a list, such as detections, and no panoptic JSON; \(wanted) (\(error))")
        }
        return DatasetError(.unreadable, "\(path): cannot be read as panoptic JSON (\(error)); \(wanted)")
    }
}

extension JSONScanner {
    /// 0, 1, false or true.
    mutating func flag() throws(JSONError) -> Bool {
        if try kind() == .bool { return try bool() }
        let value = try integer()
        guard value == 0 || value == 1 else { throw error("0 or 1 is expected, not \(value)") }
        return value == 1
    }
}
