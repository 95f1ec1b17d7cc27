internal import Basics
public import Collectives
package import Configuration
public import Datasets
public import Evaluation
public import SegmentationModels

/// Scores networks on the labelled images that a configuration names, with all ranks of a job.
public struct RunEvaluation {
    public let dataset: any SegmentationDataset
    public let labelSpace: LabelSpace
    private let configuration: RunConfiguration
    /// Classes that enter the mean; nil for all.
    private let scoredTrainIDs: [Int]?
    private let predictedSpace: LabelSpace

    /// Opens the data set.
    ///
    /// - Throws: when the configuration has none, it cannot be opened, or its classes are not the model's.
    public init(_ configuration: RunConfiguration) throws {
        let settings = configuration.evaluation
        guard let section = settings.dataset else {
            throw ConfigurationError(
                .missingKey, keyPath: "evaluation.dataset",
                "there is nothing to score on; give evaluation.dataset.kind, root and split")
        }
        self.configuration = configuration
        configuration.data.prepareReading()
        labelSpace = configuration.scoredLabelSpace
        predictedSpace = configuration.labelSpace.space
        scoredTrainIDs = try configuration.scoredTrainIDs()
        dataset = try section.openScored(keyPath: "evaluation.dataset", labelSpace: labelSpace)
        if configuration.scoresObjects, let error = dataset.lacksObjects { throw error }
    }

    /// What the ranks of a job compare of the images that are scored.
    package func files() throws(ConfigurationError) -> RankFacts {
        var facts = RankFacts()
        if let section = configuration.evaluation.dataset {
            let keyPath = "evaluation.dataset"
            facts.append(filesOf: dataset, in: try section.expandedRoots(keyPath: keyPath), keyPath)
            facts.append(meaningsOfLabelsIn: dataset, keyPath)
        }
        if let projection = try? LabelProjection.scoring(predictedSpace, as: labelSpace), !projection.isIdentity {
            facts.append("evaluation.labelSpace, what predictions mean", projection.meaning)
        }
        return facts
    }

    /// One sentence where the network predicts other classes than are scored; nil where they are the same.
    public func projectionNotice() throws(EvaluationError) -> String? {
        let projection = try LabelProjection.scoring(predictedSpace, as: labelSpace)
        guard !projection.isIdentity else { return nil }
        let lost = projection.ignoredClasses
        return "predictions of the \(predictedSpace.classCount) classes of \(predictedSpace.name) are scored as the "
            + "\(labelSpace.classCount) of \(labelSpace.name)"
            + (lost.isEmpty ? "" : "; as none of them count \(lost.joined(separator: ", "))")
    }

    /// Names of all scores that an evaluation gives.
    var scoreNames: ScoreNames {
        let subject = MeasureSubject(
            labelSpace: labelSpace, evaluatedTrainIDs: scoredTrainIDs, conditions: dataset.samples.map(\.condition),
            fusion: configuration.evaluation.fusion)
        return ScoreNames(of: configuration.evaluation.measures.map { $0.make(subject) }, subject)
    }

    /// Whether a measure looks at the network's objects.
    package var scoresPredictedObjects: Bool {
        configuration.evaluation.measures.contains(where: \.needsPredictedObjects)
    }

    /// Images, classes and projection for what predicts.
    public func evaluator(_ predictor: ImagePredictor) throws(EvaluationError) -> ImageEvaluator {
        try ImageEvaluator(predictor, predictedSpace: predictedSpace, labelSpace: labelSpace)
    }

    /// Scores over the whole set, of a network with its present running statistics; every rank predicts its share of the
    /// images. Collective.
    ///
    /// - Parameter progress: before the line in which rank 0 tells how many images are done; nil for no such line.
    /// - Returns: the same on every rank.
    /// - Throws: `noLabelledPixel` where all labels are void.
    public func scores(
        _ network: SegmentationNetwork, world: any ProcessGroup, progress: String? = nil
    ) throws -> ScoreSheet {
        try scores(ImagePredictor(network, configuration), world: world, progress: progress)
    }

    /// As above, of what is predicted in another way.
    public func scores(
        _ predictor: ImagePredictor, world: any ProcessGroup, progress: String? = nil
    ) throws -> ScoreSheet {
        let evaluator = try evaluator(predictor)
        let subject = evaluator.subject(
            of: dataset, classes: scoredTrainIDs, fusion: configuration.evaluation.fusion)
        let scores = try evaluator.scores(
            of: dataset, by: configuration.evaluation.measures.map { $0.make(subject) }, world: world,
            progress: world.rank == 0
                ? progress.map { CountProgress($0, total: dataset.count, ending: .vanishes) } : nil)
        guard scores.headline.value != nil else {
            throw EvaluationError(
                .noLabelledPixel,
                "\(dataset.samples.first?.labelPath ?? dataset.name): like all \(dataset.count) labels of "
                    + "\(dataset.name) it has no pixel to score; \(Self.remedy)")
        }
        return scores
    }

    /// Looks for a labelled pixel of a class that is scored, before time is spent on predictions.
    ///
    /// - Throws: `noLabelledPixel`
    public func requireLabelledPixels() throws(DatasetError) {
        try dataset.requireLabelledPixels(of: scoredTrainIDs, remedy: Self.remedy)
    }

    /// Looks for an object that is scored.
    ///
    /// - Returns: a warning where there is none, and the first measure has something else to score.
    /// - Throws: `noObject` where it has not.
    public func missingObjects() throws(DatasetError) -> String? {
        guard scoresPredictedObjects, let first = configuration.evaluation.measures.first else { return nil }
        let scoresObjectsFirst = [Instance.name, InstanceWithConfidence.name].contains(first.rawValue)
        do throws(DatasetError) {
            try dataset.requireObjects(where: configuration.scoredObjects, remedy: Self.objectRemedy)
            return nil
        } catch {
            guard error.code == .noObject, !scoresObjectsFirst else { throw error }
            return error.message
        }
    }

    private static let objectRemedy =
        "no score of objects can be given; check evaluation.dataset, or take other evaluation.measures"

    /// What to do about labels that nothing can be scored on.
    private static let remedy =
        "there is nothing to score, as with the labels of test sets, which only their servers have; use "
        + "evaluation.dataset.split: val, and check evaluation.dataset.kind"
}
