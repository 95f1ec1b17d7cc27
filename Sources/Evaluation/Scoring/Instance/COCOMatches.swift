internal import Annotations

/// What one image tells about the average precision of one category, by COCO's rules (`COCOeval.evaluateImg`).
///
/// By descending score, at most 100, each prediction takes the true object of largest IoU that is left, from the
/// threshold on; crowds can be taken by any number, and their IoU is the share of the prediction that lies on them. A
/// true object that is a crowd or of another size than the range is neither found nor missed, what took it neither
/// right nor wrong; so are predictions of another size that took nothing.
public struct COCOMatches: Codable, Sendable, Equatable {
    /// What became of a prediction.
    enum Outcome: UInt8, Codable {
        case wrong, right, ignored
    }

    /// Counted in one range of sizes.
    struct InRange: Codable, Equatable {
        /// True objects that count.
        var truthCount = 0
        /// By threshold, then by prediction.
        var outcomes: [[Outcome]] = []
    }

    /// Place of the category.
    let category: Int
    /// Descending.
    private(set) var scores: [Double]
    /// By range of sizes.
    private(set) var ranges: [InRange] = []

    /// Of one category in one image, in the order of their files.
    init(category: Int, truths: [COCOObject], predictions: [COCOObject]) {
        self.category = category
        let kept = predictions.enumerated().sorted { left, right in
            left.element.score == right.element.score
                ? left.offset < right.offset : left.element.score > right.element.score
        }.prefix(COCOPrecision.mostPredictions).map(\.element)
        scores = kept.map(\.score)
        let overlaps = kept.map { prediction in truths.map { Self.iou(prediction, $0) } }
        ranges = COCOPrecision.Size.allCases.map { size in
            InRange(
                truthCount: truths.count { !Self.isIgnored($0, size) },
                outcomes: COCOPrecision.thresholds.map { threshold in
                    Self.outcomes(kept, truths, overlaps, size, threshold)
                })
        }
    }

    private static func iou(_ prediction: COCOObject, _ truth: COCOObject) -> Double {
        let common = prediction.mask.intersection(with: truth.mask)
        guard common > 0 else { return 0 }
        let union = truth.isCrowd ? prediction.mask.area : prediction.mask.area + truth.mask.area - common
        return Double(common) / Double(union)
    }

    private static func isIgnored(_ truth: COCOObject, _ size: COCOPrecision.Size) -> Bool {
        truth.isCrowd || !size.range.contains(truth.area)
    }

    private static func outcomes(
        _ predictions: [COCOObject], _ truths: [COCOObject], _ overlaps: [[Double]], _ size: COCOPrecision.Size,
        _ threshold: Double
    ) -> [Outcome] {
        let isIgnored = truths.map { Self.isIgnored($0, size) }
        // Those that count first, in the order of the file.
        let order = truths.indices.filter { !isIgnored[$0] } + truths.indices.filter { isIgnored[$0] }
        var isTaken = [Bool](repeating: false, count: truths.count)
        return predictions.indices.map { prediction in
            var (best, match) = (min(threshold, 1 - 1e-10), Int?.none)
            for truth in order {
                if isTaken[truth] && !truths[truth].isCrowd { continue }
                if let match, !isIgnored[match], isIgnored[truth] { break }
                guard overlaps[prediction][truth] >= best else { continue }
                (best, match) = (overlaps[prediction][truth], truth)
            }
            if let match { isTaken[match] = true }
            // pycocotools marks a match by the id of the true object: 0 says that there is none.
            let isMatched = match.map { truths[$0].id != 0 } ?? false
            let isOutside = !isMatched && !size.range.contains(predictions[prediction].area)
            if match.map({ isIgnored[$0] }) ?? false || isOutside { return .ignored }
            return isMatched ? .right : .wrong
        }
    }
}
