internal import Annotations
internal import Datasets
internal import ImageIO

/// Average precision of instances by the Cityscapes protocol (`InstancePrecision`): `mAP`, `mAP50`, and `AP`, `AP50` of
/// each countable class. Every predicted object counts with its own class and score; masks may overlap.
public struct Instance: Measure {
    public static let name = "instance"
    public static let needsObjects = true
    public static let needsPredictedClasses = false

    /// Of each image, by the place of the class among the countable ones.
    public private(set) var tally = ImageList<[InstanceMatches]>()
    private let subject: MeasureSubject
    /// Train ids of the countable classes.
    private let things: [Int]

    public init(_ subject: MeasureSubject) {
        self.subject = subject
        things = subject.labelSpace.thingTrainIDs
    }

    /// - Throws: `missingObjects`, `invalidScore`.
    public mutating func add(_ image: MeasuredImage) throws(EvaluationError) {
        let objects = try image.objects(for: Self.name)
        tally.append(InstanceMatches.byClass(things, of: image, objects), image: image.index)
    }

    public mutating func merge(_ tally: ImageList<[InstanceMatches]>) { self.tally.merge(tally) }

    public var scores: MeasureScores { .instances(tally.elements, things, subject, suffix: "") }
}

/// As `Instance`, where every pixel counts as much as its label is sure (kitti360Scripts): `mAPWithConfidence` and so
/// on. A pixel without confidence counts nowhere.
public struct InstanceWithConfidence: Measure {
    public static let name = "instance-with-confidence"
    public static let needsObjects = true
    public static let needsPredictedClasses = false
    public static let needsConfidence = true

    public private(set) var tally = ImageList<[InstanceMatches]>()
    private let subject: MeasureSubject
    private let things: [Int]

    public init(_ subject: MeasureSubject) {
        self.subject = subject
        things = subject.labelSpace.thingTrainIDs
    }

    /// - Throws: `missingObjects`, `invalidScore`; `missingConfidence`.
    public mutating func add(_ image: MeasuredImage) throws(EvaluationError) {
        let objects = try image.objects(for: Self.name)
        guard let confidence = image.confidence else {
            throw EvaluationError(
                .missingConfidence,
                "image \(image.index + 1): nothing says how sure its labels are, which the measure \(Self.name) needs; score on "
                    + "kitti-360, or leave the measure out of evaluation.measures")
        }
        let matches = InstanceMatches.byClass(things, of: image, objects, confidence: confidence)
        tally.append(matches, image: image.index)
    }

    public mutating func merge(_ tally: ImageList<[InstanceMatches]>) { self.tally.merge(tally) }

    public var scores: MeasureScores { .instances(tally.elements, things, subject, suffix: "WithConfidence") }
}

extension MeasureScores {
    /// - Parameters:
    ///   - images: of each a list by place of the countable class.
    ///   - things: train ids of the countable classes.
    ///   - suffix: of all names.
    fileprivate static func instances(
        _ images: [[InstanceMatches]], _ things: [Int], _ subject: MeasureSubject, suffix: String
    ) -> MeasureScores {
        var precisions = [InstancePrecision?](repeating: nil, count: subject.labelSpace.classCount)
        for (place, trainID) in things.enumerated() where subject.scoredTrainIDs.contains(trainID) {
            precisions[trainID] = InstancePrecision(images.map { $0[place] })
        }
        let means = InstancePrecision.means(of: precisions.compactMap { $0 })
        return MeasureScores(
            headline: .init("mAP" + suffix, means.average), others: [.init("mAP50" + suffix, means.atHalf)],
            classes: [
                .init("AP" + suffix, precisions.map { $0?.average }),
                .init("AP50" + suffix, precisions.map { $0?.atHalf }),
            ])
    }
}

extension InstanceMatches {
    /// The instances of an image, by place of the countable class.
    fileprivate static func byClass(
        _ things: [Int], of image: MeasuredImage, _ objects: (truth: [AnnotatedObject], prediction: [AnnotatedObject]),
        confidence: PixelImage<UInt16>? = nil
    ) -> [InstanceMatches] {
        // Void is what has neither a class nor an object: crowds are groups of their class.
        var void = image.truth.classes
        for object in objects.truth { object.mask.paint(0, into: &void) }
        for index in void.pixels.indices { void.pixels[index] = void.pixels[index] == Annotation.ignored ? 1 : 0 }
        return things.map { trainID in
            InstanceMatches(
                truths: objects.truth.filter { Int($0.trainID) == trainID },
                predictions: objects.prediction.filter { Int($0.trainID) == trainID && !$0.isCrowd }, void: void,
                confidence: confidence)
        }
    }

    /// Instances of one class.
    ///
    /// - Parameters:
    ///   - void: 1 where truth says nothing, else 0.
    ///   - confidence: what a pixel counts, 65535 for one; nil counts all alike.
    init(
        truths: [AnnotatedObject], predictions: [AnnotatedObject], void: LabelMap, confidence: PixelImage<UInt16>? = nil
    ) {
        func area(_ mask: ObjectMask) -> Double {
            confidence.map { Double(mask.sum(of: $0)) / Double(UInt16.max) } ?? Double(mask.area)
        }
        self.init()
        let predictions = predictions.map { ($0, area: area($0.mask)) }.filter { $0.area > 0 }
        self.truths = truths.map { Truth(area: area($0.mask), isGroup: $0.isCrowd) }
        self.predictions = predictions.map { object, whole in
            Prediction(
                score: Double(object.score ?? 0), area: whole,
                voidArea: area(object.mask.restricted(by: void, keepsMarked: true)))
        }
        for (truth, object) in truths.enumerated() {
            for (prediction, other) in predictions.enumerated() {
                let area =
                    confidence == nil
                    ? Double(object.mask.intersection(with: other.0.mask))
                    : area(object.mask.common(with: other.0.mask))
                if area > 0 { overlaps.append(Overlap(truth: truth, prediction: prediction, area: area)) }
            }
        }
    }
}
