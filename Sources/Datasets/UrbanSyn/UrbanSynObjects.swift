internal import Annotations
internal import Basics
internal import ImageIO

/// Objects of UrbanSyn: pixels of one colour that is not black are one object, of the class that most of its pixels
/// have.
///
/// The third byte of the colour is the object's class, and a file of boxes names those of larger objects: where either
/// names a countable class that not one pixel of the object has, the files are not of one image.
struct UrbanSynObjects: ObjectReader {
    private let files: LabelFiles
    private let boxes: NumberedFiles?

    init(_ files: LabelFiles, boxes: NumberedFiles?) {
        self.files = files
        self.boxes = boxes
    }

    func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects? {
        guard let path = sample.instancePath, let label = sample.labelPath else { return nil }
        let colors = try PanopticImage.ids(path)
        let values = try Self.labels(label)
        guard (values.height, values.width) == (colors.height, colors.width) else {
            throw DatasetError(
                .sizeMismatch,
                "\(path): is \(colors.width)x\(colors.height), but \(label) is \(values.width)x\(values.height); restore the "
                    + "files")
        }
        let boxes = NumberedFiles.number(sample.name).flatMap { self.boxes?.path(of: $0) }
        let named = try boxes.map { path throws(DatasetError) in try BoxFile(path).classes } ?? [:]
        let space = files.fileSpace
        var objects: [AnnotatedObject] = []
        for (color, mask) in ObjectMask.masks(in: colors).sorted(by: { $0.key < $1.key }) where color != 0 {
            let counts = mask.histogram(of: values)
            guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { continue }
            for (trainID, source) in [
                (Self.trainID(ofByte: Int(color >> 16), in: space), path),
                (named[color].flatMap { space.trainID(ofName: $0) }, boxes ?? ""),
            ] {
                guard let trainID,
                    !counts.keys.contains(where: { files.labelIDs.names(trainID, for: Int($0), of: space) })
                else { continue }
                throw DatasetError(
                    .unknownLabel,
                    "\(source): the object of colour \(Self.text(color)) is a \(space.classNames[trainID]), which not one of "
                        + "its \(mask.area) pixels is in \(label); restore the files, which should be of one image")
            }
            guard let trainID = files.labelIDs.thing(of: Int(most)) else { continue }
            objects.append(AnnotatedObject(trainID: trainID, mask: mask))
        }
        return ImageObjects(height: colors.height, width: colors.width, objects: objects)
    }

    private static func labels(_ path: String) throws(DatasetError) -> LabelMap {
        do {
            return try ImageCodec.readLabels(path)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as class ids; restore the file", cause: error)
        }
    }

    private static func text(_ color: UInt32) -> String { "[\(color & 255), \(color >> 8 & 255), \(color >> 16)]" }

    /// The countable class that the third byte of a colour means: a train id of Cityscapes, 11 to 18, or one of its
    /// label ids, 24 to 33; nil for other numbers.
    private static func trainID(ofByte byte: Int, in space: LabelSpace) -> Int? {
        let labelIDs = [24: 11, 25: 12, 26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18]
        let id = labelIDs[byte] ?? byte
        guard (11...18).contains(id) else { return nil }
        return space.classes.firstIndex { $0.ids.contains(id) && $0.isThing }
    }
}

extension LabelSpace {
    /// The place of a countable class by its name in any case; nil where none has it.
    fileprivate func trainID(ofName name: String) -> Int? {
        classes.firstIndex { $0.isThing && $0.name.lowercased() == name.lowercased() }
    }
}

extension LabelEncoding {
    /// Whether a value of a file is of a class of the file's space.
    fileprivate func names(_ trainID: Int, for value: Int, of space: LabelSpace) -> Bool {
        space.classes[trainID].ids.contains(value)
    }
}

/// `[{"bbox": …, "color": [r, g, b], "label": "Car", "occlusion_percentage": …}, …]`
private struct BoxFile {
    /// Names of classes by colour.
    private(set) var classes: [UInt32: String] = [:]

    init(_ path: String) throws(DatasetError) {
        let value = try JSONValue(file: path, of: "UrbanSyn's boxes")
        guard let entries = value.elements else {
            throw DatasetError(.unreadable, "\(path): is no list of boxes; restore the file")
        }
        for entry in entries {
            guard let color = entry["color"]?.elements?.compactMap(\.int), color.count >= 3,
                color.prefix(3).allSatisfy({ (0...255).contains($0) }), let label = entry["label"]?.string
            else { throw DatasetError(.unreadable, "\(path): a box has no color or label; restore the file") }
            classes[UInt32(color[0]) | UInt32(color[1]) << 8 | UInt32(color[2]) << 16] = label
        }
    }
}
