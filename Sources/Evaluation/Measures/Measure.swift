/// A way to score predictions over a data set: mean IoU, panoptic quality, average precision.
///
/// Every rank adds its share of the images. What it counted leaves it as a `Tally`; the tallies of all ranks, merged in
/// order of rank into a measure that saw nothing, give the scores. Logs, tables and summaries print the names that
/// `scores` gives and know no measure.
///
///     struct PixelAccuracy: Measure {
///         static let name = "pixel-accuracy"
///         private(set) var tally: [Int] = [0, 0]          // right, labelled
///         init(_ subject: MeasureSubject) {}
///         mutating func add(_ image: MeasuredImage) { … }
///         mutating func merge(_ other: [Int]) { tally = zip(tally, other).map(+) }
///         var scores: MeasureScores { … }
///     }
///
/// Scores must not depend on how images are shared out: a tally holds counts (`Int64`, whose sums have no order) and
/// what does not add up in an `ImageList`, which is ordered by image. Sums of `Double` over images do not belong into
/// it.
public protocol Measure: Sendable {
    /// What a rank tells the others.
    associatedtype Tally: Codable & Sendable

    /// As settings name it.
    static var name: String { get }
    /// Whether the true objects of images are read for it.
    static var needsObjects: Bool { get }
    /// Whether the network's objects are looked for as well; as `needsObjects` unless said otherwise.
    static var needsPredictedObjects: Bool { get }
    /// Whether it asks how sure labels are; no, unless said otherwise.
    static var needsConfidence: Bool { get }
    /// Whether it looks at the network's classes of pixels; true unless said otherwise.
    static var needsPredictedClasses: Bool { get }

    /// Nothing measured yet.
    init(_ subject: MeasureSubject)

    /// Measures one image.
    mutating func add(_ image: MeasuredImage) throws(EvaluationError)

    /// What was counted since `init`.
    var tally: Tally { get }

    /// Adds what another rank counted on other images.
    mutating func merge(_ tally: Tally)

    /// The scores of all images that were added or merged.
    var scores: MeasureScores { get }
}

extension Measure {
    public static var needsObjects: Bool { false }
    public static var needsPredictedObjects: Bool { needsObjects }
    public static var needsConfidence: Bool { false }
    public static var needsPredictedClasses: Bool { true }

    /// The tally as bytes, for the way to other ranks.
    public func packedTally() throws(EvaluationError) -> [UInt8] {
        try TallyCoding.bytes(of: tally, of: Self.name)
    }

    /// Adds the tally of another rank.
    ///
    /// - Throws: `damagedTally` for bytes that `packedTally` of the same measure did not make.
    public mutating func merge(packed bytes: [UInt8]) throws(EvaluationError) {
        merge(try TallyCoding.tally(from: bytes, of: Self.name))
    }
}
