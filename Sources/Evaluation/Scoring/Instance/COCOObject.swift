internal import Annotations
internal import Basics
internal import Datasets

/// An object of COCO's files: of the labels, or a prediction with its score.
struct COCOObject {
    /// Of its image, as text.
    let imageID: String
    let categoryID: Int
    let mask: ColumnMask
    /// For the ranges of sizes; files may state another one than the mask has.
    let area: Double
    let isCrowd: Bool
    /// 0 for a true object.
    let score: Double
    /// As its file numbers it; a prediction's is its place, from 1.
    let id: Int
}

/// Reads objects of COCO's files.
struct COCOObjectReader {
    /// Sizes of the images of the labels, by id.
    let sizes: [String: (height: Int, width: Int)]
    /// The labels' ids of images by those of the results; nil where they are the same.
    var labelIDs: [String: String]?

    init(sizes: [String: (height: Int, width: Int)]) { self.sizes = sizes }

    /// An entry of `annotations`.
    func truth(_ entry: ObjectFile.Entry) throws(EvaluationError) -> COCOObject {
        let imageID = try image(entry)
        let mask = try mask(entry, ofImage: imageID)
        return COCOObject(
            imageID: imageID, categoryID: try entry.int("category_id"), mask: mask,
            area: entry.value["area"] == nil ? Double(mask.area) : try entry.number("area"),
            isCrowd: try entry.flag("iscrowd", default: false), score: 0, id: try entry.int("id"))
    }

    /// An entry of a file of results.
    ///
    /// - Parameter measuresBoxes: the area is the box's.
    func prediction(
        _ entry: ObjectFile.Entry, place: Int, measuresBoxes: Bool
    ) throws(EvaluationError) -> COCOObject {
        let imageID = try image(entry, in: labelIDs)
        guard let score = entry.value["score"]?.double, !score.isNaN else {
            let found = entry.value["score"].map { $0.double.map { "\($0)" } ?? $0.text } ?? "missing"
            throw EvaluationError(
                .invalidScore, "\(entry.place): its score is \(found), which has no place in an order; it needs a "
                    + "number")
        }
        let mask = try mask(entry, ofImage: imageID)
        return COCOObject(
            imageID: imageID, categoryID: try entry.int("category_id"), mask: mask,
            area: measuresBoxes ? try boxArea(entry) : Double(mask.area), isCrowd: false, score: score, id: place + 1)
    }

    private func image(
        _ entry: ObjectFile.Entry, in labelIDs: [String: String]? = nil
    ) throws(EvaluationError) -> String {
        let imageID = try entry.identifier("image_id")
        let known = labelIDs == nil ? imageID : labelIDs?[imageID]
        guard let known, sizes[known] != nil else {
            throw EvaluationError(
                .extraPrediction,
                "\(entry.place): is of the image \(imageID), which the labels' `images` do not have; remove it, or "
                    + "score against the labels that it was made for")
        }
        return known
    }

    private func boxArea(_ entry: ObjectFile.Entry) throws(EvaluationError) -> Double {
        let numbers = try entry.list("bbox").compactMap { $0.value.double }
        guard numbers.count == 4, numbers.allSatisfy(\.isFinite) else {
            throw entry.error("its `bbox` is not x, y, width and height, which the first result has; give all of them "
                + "boxes, or none")
        }
        return numbers[2] * numbers[3]
    }
}

// MARK: - Masks

extension COCOObjectReader {
    /// Polygons, or run lengths as text or as numbers.
    private func mask(_ entry: ObjectFile.Entry, ofImage imageID: String) throws(EvaluationError) -> ColumnMask {
        guard let size = sizes[imageID] else { throw entry.error("its image is unknown") }
        guard let segmentation = entry.value["segmentation"] else {
            throw entry.error(
                entry.value["segments_info"] == nil
                    ? "has no `segmentation`; boxes alone are not scored, write polygons or run lengths"
                    : "has `segments_info` of a panoptic file; score it by `causeway score panoptic`")
        }
        do throws(ColumnMaskError) {
            return try COCOSegmentation.mask(segmentation, height: size.height, width: size.width)
        } catch {
            throw entry.error("its `segmentation` is no mask: \(error)")
        }
    }
}
