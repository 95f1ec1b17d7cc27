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
        // Void is what has neither a class nor an object: crowds are groups of their class.
        var void = image.truth.classes
        for object in objects.truth { object.mask.paint(0, into: &void) }
        for index in void.pixels.indices { void.pixels[index] = void.pixels[index] == Annotation.ignored ? 1 : 0 }
        let matches = things.map { trainID in
            InstanceMatches(
                truths: objects.truth.filter { Int($0.trainID) == trainID },
                predictions: objects.prediction.filter { Int($0.trainID) == trainID && !$0.isCrowd }, void: void)
        }
        tally.append(matches, image: image.index)
    }

    public mutating func merge(_ tally: ImageList<[InstanceMatches]>) { self.tally.merge(tally) }

    public var scores: MeasureScores {
        var precisions = [InstancePrecision?](repeating: nil, count: subject.labelSpace.classCount)
        let images = tally.elements
        for (place, trainID) in things.enumerated() where subject.scoredTrainIDs.contains(trainID) {
            precisions[trainID] = InstancePrecision(images.map { $0[place] })
        }
        let means = InstancePrecision.means(of: precisions.compactMap { $0 })
        return MeasureScores(
            headline: .init("mAP", means.average), others: [.init("mAP50", means.atHalf)],
            classes: [.init("AP", precisions.map { $0?.average }), .init("AP50", precisions.map { $0?.atHalf })])
    }
}

extension InstanceMatches {
    /// Instances of one class.
    ///
    /// - Parameter void: 1 where truth says nothing, else 0.
    init(truths: [AnnotatedObject], predictions: [AnnotatedObject], void: LabelMap) {
        self.init()
        self.truths = truths.map { Truth(area: $0.mask.area, isGroup: $0.isCrowd) }
        self.predictions = predictions.map {
            Prediction(score: Double($0.score ?? 0), area: $0.mask.area, voidArea: $0.mask.markedArea(in: void))
        }
        for (truth, object) in truths.enumerated() {
            for (prediction, other) in predictions.enumerated() {
                let area = object.mask.intersection(with: other.mask)
                if area > 0 { overlaps.append(Overlap(truth: truth, prediction: prediction, area: area)) }
            }
        }
    }
}
