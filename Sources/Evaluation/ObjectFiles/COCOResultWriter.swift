internal import Annotations
internal import Basics
public import Datasets

/// Writes predicted objects as COCO's tools take them: one list of results of all images,
///
///     [{"image_id": 139, "file_name": "000139.png", "category_id": 1, "segmentation": {"size": [h, w], "counts": "…"},
///     "score": 0.9}, …]
///
/// with compressed run lengths. Boxes are left out: with them pycocotools takes their areas for those of the objects.
/// Images and categories are called as in `PanopticWriter`. COCO's results have no `file_name`: by it images are found
/// whose labels are numbered in another way.
public struct COCOResultWriter: Sendable {
    /// An object of an image.
    public struct Result: Codable, Sendable, Equatable {
        let categoryID: Int
        /// Run lengths, compressed.
        let counts: String
        let score: Float
    }

    /// All objects of an image.
    public struct Entry: Codable, Sendable, Equatable {
        let image: String
        let file: String
        let height: Int
        let width: Int
        let results: [Result]
    }

    private let path: String
    private let labelSpace: LabelSpace

    /// - Parameters:
    ///   - path: of the JSON file.
    ///   - labelSpace: of the objects' classes; categories are the ids that its label files have.
    public init(_ path: String, labelSpace: LabelSpace) {
        self.path = path
        self.labelSpace = labelSpace
    }

    /// What the file says of an image. Objects without a score count as certain.
    ///
    /// - Parameters:
    ///   - prediction: of the image's size.
    ///   - path: of the image.
    func entry(_ prediction: Annotation, ofImage path: String) -> Entry {
        let results = (prediction.objects ?? []).filter { !$0.isCrowd }.map { object in
            Result(
                categoryID: labelSpace.fileIDs[Int(object.trainID)],
                counts: ColumnMask(object.mask, height: prediction.height, width: prediction.width).text,
                score: object.score ?? 1)
        }
        return Entry(
            image: ObjectFileName.imageName(ofImage: path), file: ObjectFileName.stem(ofImage: path) + ".png",
            height: prediction.height, width: prediction.width,
            results: results)
    }

    /// Writes the file of all images.
    ///
    /// - Throws: `notWritable`
    func finish(_ entries: [Entry]) throws(EvaluationError) {
        let lines = entries.flatMap { entry in
            entry.results.map { result in
                JSONValue.object([
                    ("image_id", ObjectFileName.identifier(entry.image)), ("file_name", .string(entry.file)),
                    ("category_id", .integer(result.categoryID)),
                    ("segmentation", COCOForm.mask(result.counts, height: entry.height, width: entry.width)),
                    ("score", .number(Double(result.score))),
                ]).text
            }
        }
        try ObjectFileName.writing(path) { path in
            try TextFile.write("[" + lines.joined(separator: ",\n") + "]\n", to: path)
        }
    }
}
