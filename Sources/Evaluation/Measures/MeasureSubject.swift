public import Annotations
public import Datasets
public import ImageIO

/// What is measured, as far as it is known before the first image.
public struct MeasureSubject: Sendable {
    /// Classes of the labels and of the scores.
    public let labelSpace: LabelSpace
    /// Classes that enter means; nil for all.
    public let evaluatedTrainIDs: [Int]?
    /// Of all images, in any order, with repetitions; nil for an image without one.
    public let conditions: [CaptureCondition?]
    /// How class map and objects become segments, where a measure needs those.
    public let fusion: PanopticFusion.Config

    public init(
        labelSpace: LabelSpace, evaluatedTrainIDs: [Int]? = nil, conditions: [CaptureCondition?] = [nil],
        fusion: PanopticFusion.Config = PanopticFusion.Config()
    ) {
        self.labelSpace = labelSpace
        self.evaluatedTrainIDs = evaluatedTrainIDs
        self.conditions = conditions
        self.fusion = fusion
    }

    /// Train ids that enter means, ascending.
    var scoredTrainIDs: [Int] { (evaluatedTrainIDs ?? Array(labelSpace.classes.indices)).sorted() }
}

/// One image with what is known about it and what was predicted, both in the classes of the labels.
public struct MeasuredImage: Sendable {
    /// Position in the data set: the same on every rank.
    public let index: Int
    /// Time of day or weather; nil where the data set does not say.
    public let condition: CaptureCondition?
    /// What is true: classes, of which 255 is not scored, and objects where a measure needs them.
    public let truth: Annotation
    /// What was predicted, of the truth's size; class 255 is none. Its objects are nil where a network predicts class
    /// maps alone: a measure that cannot do without throws.
    public let prediction: Annotation
    /// What the network itself cut the image into, without overlap; nil where classes and objects are put together.
    public let segments: Annotation?
    /// How sure labels are, 65535 where certain; nil where nobody asks, or nothing is known.
    public let confidence: PixelImage<UInt16>?

    public init(
        index: Int, condition: CaptureCondition? = nil, truth: Annotation, prediction: Annotation,
        segments: Annotation? = nil, confidence: PixelImage<UInt16>? = nil
    ) {
        self.segments = segments
        self.confidence = confidence
        self.index = index
        self.condition = condition
        self.truth = truth
        self.prediction = prediction
    }

    /// Class maps alone.
    public init(index: Int, condition: CaptureCondition? = nil, labels: LabelMap, prediction: LabelMap) {
        self.init(
            index: index, condition: condition, truth: Annotation(classes: labels),
            prediction: Annotation(classes: prediction))
    }
}

extension MeasuredImage {
    /// True and predicted objects.
    ///
    /// - Throws: `missingObjects` where one of the two has none to tell.
    func objects(
        for measure: String
    ) throws(EvaluationError) -> (truth: [AnnotatedObject], prediction: [AnnotatedObject]) {
        guard let trueObjects = truth.objects else {
            throw EvaluationError(
                .missingObjects,
                "image \(index + 1): its true objects are not known, which the measure \(measure) needs; score on a "
                    + "data set with objects, or leave the measure out of evaluation.measures")
        }
        guard let objects = prediction.objects else {
            throw EvaluationError(
                .missingObjects,
                "the network predicts classes and no objects, which the measure \(measure) needs; give it a decoder of "
                    + "objects (model.objects), or leave the measure out of evaluation.measures")
        }
        if let place = objects.firstIndex(where: { !($0.score.map { $0 >= 0 } ?? false) }) {
            let score = objects[place].score.map { "\($0)" } ?? "none"
            throw EvaluationError(
                .invalidScore,
                "image \(index + 1): the score of the predicted object \(place + 1) is \(score), which has no place in "
                    + "an order; a network whose weights are not finite gives such scores: check its training")
        }
        return (trueObjects, objects)
    }
}
