internal import ImageIO

/// What one image tells about panoptic quality: segments found, missed and invented.
///
/// By the rules of Kirillov et al. (arXiv:1801.00868) as `panopticapi` has them: a true and a predicted segment of one
/// class match where their IoU is above one half, in whose union pixels do not count that are void in truth; crowds are
/// never matched; an unmatched prediction is no false alarm where more than half of it is void or a crowd of its class.
public struct PanopticMatches: Codable, Sendable, Equatable {
    /// A true segment that was found.
    public struct Pair: Codable, Sendable, Equatable {
        public let classIndex: Int
        public let intersection: Int
        public let union: Int

        public var iou: Double { Double(intersection) / Double(union) }
    }

    /// By id of the true segment, then of the predicted one.
    public private(set) var found: [Pair] = []
    /// Classes of the true segments that have no match.
    public private(set) var missed: [Int] = []
    /// Classes of the predicted segments that have no match.
    public private(set) var invented: [Int] = []

    /// Compares the segments of one image.
    ///
    /// - Precondition: maps of one size.
    public init(truth: PanopticSegments, prediction: PanopticSegments) {
        precondition(
            truth.ids.height == prediction.ids.height && truth.ids.width == prediction.ids.width,
            "PanopticMatches: truth is \(truth.ids.height)x\(truth.ids.width), the prediction "
                + "\(prediction.ids.height)x\(prediction.ids.width)")
        let overlaps = Overlaps(truth.ids, prediction.ids)
        let trueSegments = Dictionary(uniqueKeysWithValues: truth.segments.map { ($0.id, $0) })
        let predictedSegments = Dictionary(uniqueKeysWithValues: prediction.segments.map { ($0.id, $0) })
        var (foundTrue, foundPredicted) = (Set<UInt32>(), Set<UInt32>())
        for (key, intersection) in overlaps.sorted {
            guard let segment = trueSegments[key.truth], let predicted = predictedSegments[key.prediction],
                !segment.isCrowd, segment.classIndex == predicted.classIndex
            else { continue }
            let union = predicted.area + segment.area - intersection
                - overlaps[PanopticSegments.void, key.prediction]
            let pair = Pair(classIndex: segment.classIndex, intersection: intersection, union: union)
            guard pair.iou > 0.5 else { continue }
            found.append(pair)
            foundTrue.insert(key.truth)
            foundPredicted.insert(key.prediction)
        }
        missed = truth.segments.filter { !$0.isCrowd && !foundTrue.contains($0.id) }.map(\.classIndex)
        // Of several crowds of one class the last counts, as in panopticapi; data sets have one.
        let crowds = Dictionary(
            truth.segments.filter(\.isCrowd).map { ($0.classIndex, $0.id) }, uniquingKeysWith: { $1 })
        for segment in prediction.segments where !foundPredicted.contains(segment.id) {
            let excused = overlaps[PanopticSegments.void, segment.id]
                + (crowds[segment.classIndex].map { overlaps[$0, segment.id] } ?? 0)
            if Double(excused) / Double(segment.area) <= 0.5 { invented.append(segment.classIndex) }
        }
    }
}

/// Pixels by true and predicted id.
private struct Overlaps {
    struct Key: Hashable {
        let truth: UInt32
        let prediction: UInt32
    }

    private var counts: [Key: Int] = [:]

    init(_ truth: PixelImage<UInt32>, _ prediction: PixelImage<UInt32>) {
        let pairs = zip(truth.pixels, prediction.pixels).map { UInt64($0) << 32 | UInt64($1) }
        pairs.forEachRun { pair, length in
            counts[Key(truth: UInt32(pair >> 32), prediction: UInt32(truncatingIfNeeded: pair)), default: 0] += length
        }
    }

    subscript(_ truth: UInt32, _ prediction: UInt32) -> Int {
        counts[Key(truth: truth, prediction: prediction)] ?? 0
    }

    /// By true id, then by predicted id: the order in which IoU is added up.
    var sorted: [(key: Key, value: Int)] {
        counts.sorted { ($0.key.truth, $0.key.prediction) < ($1.key.truth, $1.key.prediction) }
    }
}
