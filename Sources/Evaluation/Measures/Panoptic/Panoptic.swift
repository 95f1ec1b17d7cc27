public import Annotations
internal import Datasets
internal import ImageIO

/// Panoptic quality of networks that predict classes and objects: `mPQ`, `mSQ`, `mRQ`, and `PQ`, `SQ`, `RQ` of each
/// class, after `PanopticFusion`.
///
/// The headline is counted as the published numbers of EDAPS and LIDAPS are, with every void pixel as one of the first
/// class (road), which costs that class quality; `mPQ.clean` and `PQClean` leave void pixels void. Scores of other
/// programs are to be compared with the clean ones, those of the two papers with the headline.
public struct Panoptic: Measure {
    public static let name = "panoptic"
    public static let needsObjects = true

    /// What a rank tells: the matches of each image, both ways.
    public struct Tally: Codable, Sendable, Equatable {
        var published = ImageList<PanopticMatches>()
        var clean = ImageList<PanopticMatches>()
    }

    public private(set) var tally = Tally()
    private let subject: MeasureSubject
    private let fusion: PanopticFusion

    public init(_ subject: MeasureSubject) {
        self.subject = subject
        fusion = PanopticFusion(subject.fusion, things: subject.labelSpace.thingTrainIDs)
    }

    /// - Throws: `missingObjects`, `invalidScore`.
    public mutating func add(_ image: MeasuredImage) throws(EvaluationError) {
        _ = try image.objects(for: Self.name)
        let truth = PanopticSegments(truth: image.truth, things: fusion.things)
        let clean = fusion(image.prediction, image.segments)
        tally.clean.append(PanopticMatches(truth: truth, prediction: clean), image: image.index)
        let published = fusion.withVoidAsFirstClass(clean)
        tally.published.append(PanopticMatches(truth: truth, prediction: published), image: image.index)
    }

    public mutating func merge(_ tally: Tally) {
        self.tally.published.merge(tally.published)
        self.tally.clean.merge(tally.clean)
    }

    public var scores: MeasureScores {
        let space = subject.labelSpace
        func quality(_ list: ImageList<PanopticMatches>) -> PanopticQuality {
            PanopticQuality(classCount: space.classCount, images: list.elements)
        }
        let (published, clean) = (quality(tally.published), quality(tally.clean))
        let scored = subject.scoredTrainIDs
        let things = scored.filter { space.classes[$0].isThing }
        let stuff = scored.filter { !space.classes[$0].isThing }
        let (all, allClean) = (published.mean(over: scored).score, clean.mean(over: scored).score)
        func list(_ key: String, _ quality: PanopticQuality, _ part: (PanopticQuality.Score) -> Double)
            -> MeasureScores.ClassScores
        {
            .init(key, space.classes.indices.map { scored.contains($0) ? quality[$0].map(part) : nil })
        }
        return MeasureScores(
            headline: .init("mPQ", all?.pq),
            parts: [
                .init("things", published.mean(over: things).score?.pq),
                .init("stuff", published.mean(over: stuff).score?.pq),
                .init("clean", allClean?.pq),
                .init("clean things", clean.mean(over: things).score?.pq),
                .init("clean stuff", clean.mean(over: stuff).score?.pq),
            ],
            others: [
                .init("mSQ", all?.sq), .init("mRQ", all?.rq), .init("mSQClean", title: "mSQ clean", allClean?.sq),
                .init("mRQClean", title: "mRQ clean", allClean?.rq),
            ],
            classes: [
                list("PQ", published, \.pq), list("SQ", published, \.sq), list("RQ", published, \.rq),
                list("PQClean", clean, \.pq),
            ])
    }
}

extension PanopticSegments {
    /// The segments of an image whose regions do not overlap, as those that are true: objects, the crowds of each
    /// class, and all pixels of each other class. Pixels of a countable class without an object are void.
    public init(truth: Annotation, things: Set<UInt8>) {
        let objects = truth.objects ?? []
        let stuffIDs = (0...UInt8.max).map { id in
            things.contains(id) || id == Annotation.ignored ? Self.void : UInt32(id) + 1
        }
        var ids = PixelImage<UInt32>(
            height: truth.height, width: truth.width, channels: 1,
            pixels: truth.classes.pixels.map { stuffIDs[Int($0)] })
        var classes: [UInt32: (trainID: UInt8, isCrowd: Bool)] = [:]
        for id in UInt8.min..<Annotation.ignored where !things.contains(id) { classes[UInt32(id) + 1] = (id, false) }
        for object in objects where object.isCrowd {
            let id = 256 + UInt32(object.trainID)
            classes[id] = (object.trainID, true)
            object.mask.paint(id, into: &ids)
        }
        for (place, object) in objects.enumerated() where !object.isCrowd {
            let id = 512 + UInt32(place)
            classes[id] = (object.trainID, false)
            object.mask.paint(id, into: &ids)
        }
        let segments = Self.areas(of: ids).sorted { $0.key < $1.key }.compactMap { id, area in
            classes[id].map { Segment(id: id, classIndex: Int($0.trainID), area: area, isCrowd: $0.isCrowd) }
        }
        self.init(ids: ids, segments: segments)
    }
}
