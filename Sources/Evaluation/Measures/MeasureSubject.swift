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

    public init(labelSpace: LabelSpace, evaluatedTrainIDs: [Int]? = nil, conditions: [CaptureCondition?] = [nil]) {
        self.labelSpace = labelSpace
        self.evaluatedTrainIDs = evaluatedTrainIDs
        self.conditions = conditions
    }
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

    public init(index: Int, condition: CaptureCondition? = nil, truth: Annotation, prediction: Annotation) {
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
