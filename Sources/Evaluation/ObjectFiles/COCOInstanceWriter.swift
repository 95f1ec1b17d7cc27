public import Annotations
internal import Basics
public import Datasets
internal import ImageIO

/// Writes true objects of images as COCO's annotations:
///
///     instances.json   {"images", "annotations", "categories"}
///
/// Categories are the countable classes of the label space under the ids that its files have; images are called as in
/// panoptic.json.
public struct COCOInstanceWriter: Sendable {
    /// What the file says about one image.
    public struct Entry: Codable, Sendable, Equatable {
        struct Object: Codable, Equatable {
            let categoryID: Int
            /// Run lengths as text.
            let counts: String
            let area: Int
            /// Left, top, width, height.
            let box: [Int]
            let isCrowd: Bool
        }

        let image: String
        let file: String
        let height: Int
        let width: Int
        let objects: [Object]
    }

    public let folder: String
    public let labelSpace: LabelSpace

    public static let labelsName = "instances.json"

    /// - Parameter labelSpace: of the objects' classes.
    public init(folder: String, labelSpace: LabelSpace) {
        self.folder = folder
        self.labelSpace = labelSpace
    }

    /// What is to be written of an image.
    ///
    /// - Parameters:
    ///   - annotation: of the image's size.
    ///   - path: of the image.
    public func entry(_ annotation: Annotation, ofImage path: String) -> Entry {
        let objects = (annotation.objects ?? []).filter { !$0.mask.isEmpty }.map { object in
            let mask = ColumnMask(object.mask, height: annotation.height, width: annotation.width)
            let box = object.box
            return Entry.Object(
                categoryID: labelSpace.fileIDs[Int(object.trainID)], counts: mask.text, area: object.mask.area,
                box: [box.left, box.top, box.width, box.height], isCrowd: object.isCrowd)
        }
        return Entry(
            image: ObjectFileName.imageName(ofImage: path), file: ObjectFileName.stem(ofImage: path) + ".png",
            height: annotation.height, width: annotation.width, objects: objects)
    }

    /// Writes the annotations of all images, numbered from 1.
    ///
    /// - Throws: `notWritable`
    public func writeLabels(_ entries: ImageList<Entry>) throws(EvaluationError) {
        var annotations: [JSONValue] = []
        for entry in entries.elements {
            for object in entry.objects {
                annotations.append(
                    .object([
                        ("id", .integer(annotations.count + 1)), ("image_id", ObjectFileName.identifier(entry.image)),
                        ("category_id", .integer(object.categoryID)),
                        ("segmentation", COCOForm.mask(object.counts, height: entry.height, width: entry.width)),
                        ("area", .integer(object.area)), ("bbox", .array(object.box.map { .integer($0) })),
                        ("iscrowd", .integer(object.isCrowd ? 1 : 0)),
                    ]))
            }
        }
        let images = entries.elements.map { entry in
            COCOForm.image(entry.image, file: entry.file, height: entry.height, width: entry.width)
        }
        let categories = labelSpace.thingTrainIDs.map { trainID in
            JSONValue.object([
                ("id", .integer(labelSpace.fileIDs[trainID])), ("name", .string(labelSpace.classNames[trainID])),
            ])
        }
        try write(
            .object([
                ("images", .array(images)), ("annotations", .array(annotations)), ("categories", .array(categories)),
            ]), Self.labelsName)
    }

    private func write(_ value: JSONValue, _ name: String) throws(EvaluationError) {
        try ObjectFileName.writing("\(folder)/\(name)") { path in try TextFile.write(value.text + "\n", to: path) }
    }
}
