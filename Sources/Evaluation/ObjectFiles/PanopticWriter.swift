internal import Annotations
internal import Basics
public import Datasets
internal import FoundationEssentials
internal import ImageIO

/// Writes segments of images in COCO's panoptic form: a PNG an image (id = R + 256 G + 65536 B, 0 is void) in a folder,
/// and beside it a JSON file of that name.
///
///     <folder>/panoptic/<image>.png
///     <folder>/panoptic.json
///
/// Categories are the classes of the label space under the ids that its label files have (Cityscapes: 24 for a person),
/// so that the file can be scored against the data set's own. Images are called by the number that their name is
/// (COCO), or by their name without the endings of data sets (`_leftImg8bit`).
public struct PanopticWriter: Sendable {
    /// What the JSON file says about one image.
    public struct Entry: Codable, Sendable, Equatable {
        struct Segment: Codable, Equatable {
            let id: Int
            let categoryID: Int
            let area: Int
            /// Left, top, width, height.
            let box: [Int]
            let isCrowd: Bool
        }

        let image: String
        let file: String
        let height: Int
        let width: Int
        let segments: [Segment]
    }

    public let folder: String
    /// Of the JSON file without its ending, and of the folder of the PNG files.
    public let name: String
    public let labelSpace: LabelSpace

    /// - Parameter labelSpace: of the segments' classes.
    public init(folder: String, name: String = "panoptic", labelSpace: LabelSpace) {
        self.folder = folder
        self.name = name
        self.labelSpace = labelSpace
    }

    /// Writes the PNG of an image, and makes its folder.
    ///
    /// - Parameters:
    ///   - segments: with train ids as classes.
    ///   - path: of the image; the name of its file is that of the PNG.
    /// - Returns: what `finish` writes about it.
    /// - Throws: `notWritable`
    public func write(_ segments: PanopticSegments, ofImage path: String) throws(EvaluationError) -> Entry {
        let stem = ObjectFileName.stem(ofImage: path)
        let ids = segments.ids
        try ObjectFileName.writing("\(folder)/\(name)/\(stem).png") { path in
            let colors = ids.pixels.flatMap { id in
                [UInt8(truncatingIfNeeded: id), UInt8(truncatingIfNeeded: id >> 8), UInt8(truncatingIfNeeded: id >> 16)]
            }
            try ImageCodec.writePNG(
                RGBImage(height: ids.height, width: ids.width, channels: 3, pixels: colors), to: path)
        }
        let masks = ObjectMask.masks(in: ids)
        let listed = segments.segments.map { segment in
            let box = masks[segment.id]?.box ?? .empty
            return Entry.Segment(
                id: Int(segment.id), categoryID: labelSpace.fileIDs[segment.classIndex], area: segment.area,
                box: [box.left, box.top, box.width, box.height], isCrowd: segment.isCrowd)
        }
        return Entry(
            image: ObjectFileName.imageName(ofImage: path), file: stem + ".png", height: ids.height, width: ids.width,
            segments: listed)
    }

    /// Writes the JSON file of all images.
    ///
    /// - Throws: `notWritable`
    public func finish(_ entries: ImageList<Entry>) throws(EvaluationError) {
        let entries = entries.elements
        let images = entries.map { entry in
            COCOForm.image(entry.image, file: entry.file, height: entry.height, width: entry.width)
        }
        let annotations = entries.map { entry in
            JSONValue.object([
                ("image_id", ObjectFileName.identifier(entry.image)), ("file_name", .string(entry.file)),
                ("segments_info", .array(entry.segments.map(Self.json))),
            ])
        }
        let categories = zip(labelSpace.classes, labelSpace.fileIDs).map { category, id in
            JSONValue.object([
                ("id", .integer(id)), ("name", .string(category.name)), ("isthing", .integer(category.isThing ? 1 : 0)),
                ("color", .array((0..<3).map { .integer(Int(category.color[$0])) })),
            ])
        }
        let document = JSONValue.object([
            ("images", .array(images)), ("annotations", .array(annotations)), ("categories", .array(categories)),
        ])
        try ObjectFileName.writing("\(folder)/\(name).json") { path in
            try TextFile.write(document.text + "\n", to: path)
        }
    }

    private static func json(_ segment: Entry.Segment) -> JSONValue {
        .object([
            ("id", .integer(segment.id)), ("category_id", .integer(segment.categoryID)),
            ("area", .integer(segment.area)), ("bbox", .array(segment.box.map { .integer($0) })),
            ("iscrowd", .integer(segment.isCrowd ? 1 : 0)),
        ])
    }
}

/// How files of objects are called.
public enum ObjectFileName {
    /// The folders of these files are flat: images of several folders must not share a name, or one prediction would
    /// overwrite another.
    ///
    /// - Parameter images: paths.
    /// - Throws: `duplicateName`
    public static func requireUnique(_ images: some Sequence<String>) throws(EvaluationError) {
        var seen: [String: String] = [:]
        for image in images {
            let stem = stem(ofImage: image).replacing(" ", with: "_")
            guard let other = seen.updateValue(image, forKey: stem) else { continue }
            throw EvaluationError(
                .duplicateName,
                "\(image) and \(other): predictions of the two would have one name in the folder of all objects; "
                    + "rename one of them, or leave it out")
        }
    }

    /// Endings that data sets put behind an image's name.
    private static let suffixes = ["_leftImg8bit", "_rgb_anon", "_rgb_ref_anon"]

    /// The name of an image's file without its ending; with the drive before it where a folder names one, as frames of
    /// KITTI-360 have one name in every drive, and its server takes `0003_0000000250`.
    static func stem(ofImage path: String) -> String {
        if let frame = KITTI360Frames.name(of: path) { return frame }
        let stem = ImageFolder.stem(of: path)
        return stem.lastIndex(of: "/").map { String(stem[stem.index(after: $0)...]) } ?? stem
    }

    /// What its data set calls the image.
    static func imageName(ofImage path: String) -> String {
        let stem = stem(ofImage: path)
        guard let suffix = suffixes.first(where: stem.hasSuffix) else { return stem }
        return String(stem.dropLast(suffix.count))
    }

    /// What JSON files call an image: COCO numbers its images.
    static func identifier(_ name: String) -> JSONValue {
        let isNumber = !name.isEmpty && name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isNumber ? Int(name).map { .integer($0) } ?? .string(name) : .string(name)
    }

    /// Writes a file, making its folder.
    ///
    /// - Throws: `notWritable`
    static func writing(_ path: String, _ body: (_ path: String) throws -> Void) throws(EvaluationError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".", withIntermediateDirectories: true)
            try body(path)
        } catch {
            throw EvaluationError(
                .notWritable, "\(path): cannot be written; check the folder, its permissions and the space left",
                cause: error)
        }
    }
}
