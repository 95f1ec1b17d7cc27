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
    /// True classes, `[H, W, 1]`; 255 is not scored.
    public let labels: LabelMap
    /// Predicted classes, of the labels' size; 255 is no class.
    public let prediction: LabelMap

    public init(index: Int, condition: CaptureCondition? = nil, labels: LabelMap, prediction: LabelMap) {
        self.index = index
        self.condition = condition
        self.labels = labels
        self.prediction = prediction
    }
}
