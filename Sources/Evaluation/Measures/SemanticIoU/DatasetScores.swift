public import Datasets

/// Scores of a data set as a whole, and the further means that its benchmarks report.
public struct DatasetScores: Sendable, Equatable {
    /// A mean IoU beside the overall one.
    public struct FurtherMean: Sendable, Equatable {
        /// A condition, or how many classes it is over: `fog`, `13 classes`.
        public let name: String
        /// In percent; nil without pixels.
        public let meanIoU: Double?
    }

    /// From the counts of all images, which is not the mean over conditions.
    public let overall: SemanticScores
    /// Those that the label space asks for (the mean over 13 classes where the 16 of SYNTHIA are scored), and one for
    /// each condition where there are several.
    public let furtherMeans: [FurtherMean]

    /// - Parameters:
    ///   - evaluatedTrainIDs: classes that are scored; nil for all.
    ///   - further: means over other classes, see `LabelSpace.furtherMeans`.
    public init(
        _ confusion: ConfusionByCondition, evaluatedTrainIDs: [Int]? = nil, further: [LabelSpace.FurtherMean] = []
    ) {
        let total = confusion.total
        overall = SemanticScores(total, evaluatedTrainIDs: evaluatedTrainIDs)
        var means: [FurtherMean] = []
        for mean in further {
            let score = SemanticScores(total, evaluatedTrainIDs: mean.trainIDs).meanIoU
            means.append(FurtherMean(name: mean.name, meanIoU: score))
        }
        if confusion.conditions.count > 1 {
            for (place, condition) in confusion.conditions.enumerated() {
                let mean = SemanticScores(confusion[place], evaluatedTrainIDs: evaluatedTrainIDs).meanIoU
                means.append(FurtherMean(name: condition?.rawValue ?? "no condition", meanIoU: mean))
            }
        }
        furtherMeans = means
    }
}
