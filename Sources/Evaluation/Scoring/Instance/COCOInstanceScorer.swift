internal import Basics
internal import ImageIO

/// Scores predicted objects in a file of results against COCO's annotations: pycocotools' `COCOeval` of masks.
public struct COCOInstanceScorer: Sendable {
    /// Names of the categories, by ascending id.
    public let categoryNames: [String]
    public let imageCount: Int
    /// Things that were passed over, one sentence each.
    public let notices: [String]
    /// How images were paired, where the results name files; nil where they do not, as those of most programs.
    public let pairingNotice: String?
    /// By image, then by place of the category.
    private let truths: [[Int: [COCOObject]]]
    private let predictions: [[Int: [COCOObject]]]

    /// Reads both files.
    ///
    /// - Throws: `unreadable`, `malformed`, `duplicateName`, `extraPrediction` for a result of an unknown image,
    ///   `invalidScore`, `emptyFolder` for labels without images.
    public init(labels labelPath: String, predictions predictionPath: String) throws(EvaluationError) {
        for path in [labelPath, predictionPath] {
            try ScoredPath.refuseFolder(
                path, "a JSON file of COCO's form",
                folders: "folders of instance maps and of text files are scored with "
                    + "--protocol cityscapes")
        }
        let file = try ObjectFile(labelPath)
        let images = try COCOImages(file)
        imageCount = images.ids.count
        let categories = try file.list("categories", isNeeded: true).map { entry throws(EvaluationError) in
            (id: try entry.int("id"), name: try entry.text("name"))
        }.sorted { $0.id < $1.id }
        try file.requireUnique(categories.map { "\($0.id)" }, "category id")
        try file.requireUnique(categories.map(\.name), "category name")
        categoryNames = categories.map(\.name)
        let places = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1.id, $0) })
        let reader = COCOObjectReader(sizes: images.sizes)
        let truths = try file.list("annotations", isNeeded: true).map { entry throws(EvaluationError) in
            try reader.truth(entry)
        }
        try file.requireUnique(truths.map { "\($0.id)" }, "annotation id")
        let (predictions, pairing) = try Self.predictions(predictionPath, reader, images)
        pairingNotice = pairing?.notice(labels: labelPath, predictions: predictionPath)
        self.truths = Self.sorted(truths, images, places)
        self.predictions = Self.sorted(predictions, images, places)
        notices = Self.notices(truths, predictions, places, labelPath, predictionPath)
    }

    private static func predictions(
        _ path: String, _ reader: COCOObjectReader, _ images: COCOImages
    ) throws(EvaluationError) -> ([COCOObject], ImagePairing?) {
        let file = try ObjectFile(path)
        guard let elements = file.value.elements else {
            throw EvaluationError(
                .malformed,
                "\(path): is no list of results; write [{image_id, category_id, segmentation, score}, …]")
        }
        // As `COCO.loadRes`: one box on the first result makes boxes the areas of all.
        let measuresBoxes = elements.first?["bbox"].map { $0.elements?.isEmpty != true } ?? false
        var reader = reader
        let pairing = try Self.pairing(elements, path, images)
        if let pairing, case .names = pairing.way {
            reader.labelIDs = Dictionary(uniqueKeysWithValues: pairing.predicted.map { ($1, $0) })
        }
        var objects: [COCOObject] = []
        objects.reserveCapacity(elements.count)
        for (place, value) in elements.enumerated() {
            let entry = ObjectFile.Entry(place: "\(path), result \(place + 1)", value: value)
            objects.append(try reader.prediction(entry, place: place, measuresBoxes: measuresBoxes))
        }
        return (objects, pairing)
    }

    /// By the names of files, which results of `causeway predict` have beside COCO's keys; nil where none has.
    private static func pairing(
        _ results: [JSONValue], _ path: String, _ images: COCOImages
    ) throws(EvaluationError) -> ImagePairing? {
        var names: [String: Set<String>] = [:]
        for (place, value) in results.enumerated() where value["file_name"] != nil {
            let entry = ObjectFile.Entry(place: "\(path), result \(place + 1)", value: value)
            names[try entry.identifier("image_id"), default: []].insert(try entry.text("file_name"))
        }
        guard !names.isEmpty else { return nil }
        return ImagePairing(
            labels: images.ids.map { ImagePairing.Image(id: $0, files: images.fileNames[$0].map { [$0] } ?? []) },
            predictions: names.sorted { $0.key < $1.key }.map { ImagePairing.Image(id: $0.key, files: Array($0.value)) }
        )
    }

    private static func sorted(
        _ objects: [COCOObject], _ images: COCOImages, _ places: [Int: Int]
    ) -> [[Int: [COCOObject]]] {
        var sorted = [[Int: [COCOObject]]](repeating: [:], count: images.ids.count)
        for object in objects {
            guard let image = images.places[object.imageID], let category = places[object.categoryID] else { continue }
            sorted[image][category, default: []].append(object)
        }
        return sorted
    }

    private static func notices(
        _ truths: [COCOObject], _ predictions: [COCOObject], _ places: [Int: Int], _ labels: String, _ results: String
    ) -> [String] {
        var notices: [String] = []
        for (objects, path) in [(truths, labels), (predictions, results)] {
            let foreign = objects.filter { places[$0.categoryID] == nil }
            guard let first = foreign.first else { continue }
            notices.append(
                "\(path): \(foreign.count) of \(objects.count) objects are of categories that \(labels) does not list, "
                    + "such as \(first.categoryID); they are not scored")
        }
        if truths.contains(where: { $0.id == 0 }) {
            notices.append(
                "\(labels): the annotation with the id 0 counts as never found, as in pycocotools; number from 1")
        }
        return notices
    }

    /// Compares a share of the images.
    ///
    /// - Parameter progress: told how many of all images are done, where every rank has its share.
    public func matches(
        share: ImageShare = .whole, progress: (_ done: Int) -> Void = { _ in }
    ) -> ImageList<[COCOMatches]> {
        var list = ImageList<[COCOMatches]>()
        for index in share.indices(of: imageCount) {
            let categories = Set(truths[index].keys).union(predictions[index].keys).sorted()
            let matches = categories.map { category in
                COCOMatches(
                    category: category, truths: truths[index][category] ?? [],
                    predictions: predictions[index][category] ?? [])
            }
            list.append(matches, image: index)
            progress(share.done(after: index, of: imageCount))
        }
        return list
    }

    /// Scores by category from the matches of all images.
    public func precisions(_ matches: ImageList<[COCOMatches]>) -> [COCOPrecision] {
        var byCategory = [[COCOMatches]](repeating: [], count: categoryNames.count)
        for match in matches.elements.joined() { byCategory[match.category].append(match) }
        return byCategory.map(COCOPrecision.init)
    }
}

/// The list `images` of COCO's annotations.
private struct COCOImages {
    /// In ascending order, of numbers or of texts: equal scores stay in it.
    let ids: [String]
    let sizes: [String: (height: Int, width: Int)]
    let places: [String: Int]
    /// By id, where the file names them.
    let fileNames: [String: String]

    init(_ file: ObjectFile) throws(EvaluationError) {
        let entries = try file.list("images", isNeeded: true)
        guard !entries.isEmpty else {
            throw EvaluationError(
                .emptyFolder,
                "\(file.path): its list `images` is empty, so there is nothing to score; give the file of a whole data "
                    + "set")
        }
        var sizes: [String: (height: Int, width: Int)] = [:]
        var ids: [String] = []
        var fileNames: [String: String] = [:]
        for entry in entries {
            let id = try entry.identifier("id")
            fileNames[id] = entry.value["file_name"]?.string
            ids.append(id)
            let size = (height: try entry.int("height"), width: try entry.int("width"))
            guard size.height > 0, size.width > 0 else {
                throw entry.error("its size is \(size.width)x\(size.height); write that of the image")
            }
            guard ImageReading.allows(height: size.height, width: size.width) else {
                throw entry.error(
                    "its size is \(size.width)x\(size.height), more pixels than are read; write that of the image, or set "
                        + "CAUSEWAY_LARGEST_IMAGE to more megapixels")
            }
            sizes[id] = size
        }
        try file.requireUnique(ids, "image id")
        let numbers = ids.map { Int($0) }
        self.ids =
            numbers.contains(nil)
            ? ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            : zip(numbers, ids).sorted { $0.0 ?? 0 < $1.0 ?? 0 }.map(\.1)
        self.sizes = sizes
        self.fileNames = fileNames
        places = Dictionary(uniqueKeysWithValues: self.ids.enumerated().map { ($1, $0) })
    }
}
