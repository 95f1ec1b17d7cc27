internal import Annotations
internal import Basics
internal import ImageIO

/// Objects of Synscapes, by the classes in the file about the image: numbers without an entry there, such as those of
/// buildings, are no objects.
///
/// A cyclist and what he rides have one number. They become two objects: the pixels of class rider, and those of the
/// motorcycle or bicycle; of what is hidden there is none.
struct SynscapesObjects: ObjectReader {
    /// Label ids of Cityscapes.
    private static let rider = 25
    private static let ridden = [32, 33]

    private let files: LabelFiles
    private let root: String

    init(_ files: LabelFiles, root: String) {
        self.files = files
        self.root = root
    }

    func objects(of sample: SegmentationSample) throws(DatasetError) -> ImageObjects? {
        guard let path = sample.instancePath, let label = sample.labelPath else { return nil }
        let numbers = try PanopticImage.ids(path)
        let classes = try classes(of: sample)
        var values: LabelMap?
        var objects: [AnnotatedObject] = []
        for (number, mask) in ObjectMask.masks(in: numbers).sorted(by: { $0.key < $1.key }) {
            guard let labelID = classes[number] else { continue }
            guard Self.ridden.contains(labelID) else {
                append(labelID, mask, to: &objects)
                continue
            }
            let map: LabelMap
            if let values { map = values } else { map = try Self.labels(label, as: numbers, path) }
            values = map
            for part in [Self.rider, labelID] {
                append(part, mask.restricted(by: map.marking(UInt8(part)), keepsMarked: true), to: &objects)
            }
        }
        return ImageObjects(height: numbers.height, width: numbers.width, objects: objects)
    }

    private func append(_ labelID: Int, _ mask: ObjectMask, to objects: inout [AnnotatedObject]) {
        guard !mask.isEmpty, let trainID = files.labelIDs.thing(of: labelID) else { return }
        objects.append(AnnotatedObject(trainID: trainID, mask: mask))
    }

    /// Label ids by number.
    private func classes(of sample: SegmentationSample) throws(DatasetError) -> [UInt32: Int] {
        let path = "\(root)/meta/\(sample.name).json"
        guard FileListing.exists(path) else {
            throw DatasetError(
                .missingLabel,
                "\(path): is not there, and says which objects of \(sample.imagePath) are of which class; unpack the "
                    + "archive of Synscapes with meta")
        }
        let value = try JSONValue(file: path, of: "Synscapes' description of an image")
        guard let members = value["instance"]?["class"]?.members else {
            throw DatasetError(
                .unreadable, "\(path): has no instance.class, a map from objects to classes; restore the file")
        }
        var classes: [UInt32: Int] = [:]
        for member in members {
            guard let number = UInt32(member.key), let labelID = member.value.int else {
                throw DatasetError(
                    .unreadable,
                    "\(path): the object '\(member.key)' of instance.class has no number or no class; restore the file")
            }
            classes[number] = labelID
        }
        return classes
    }

    private static func labels(
        _ path: String, as numbers: PixelImage<UInt32>, _ objects: String
    ) throws(DatasetError) -> LabelMap {
        let values: LabelMap
        do {
            values = try ImageCodec.readLabels(path)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as class ids; restore the file", cause: error)
        }
        guard (values.height, values.width) == (numbers.height, numbers.width) else {
            throw DatasetError(
                .sizeMismatch,
                "\(objects): is \(numbers.width)x\(numbers.height), but \(path) is \(values.width)x\(values.height); restore "
                    + "the files")
        }
        return values
    }
}
