public import Datasets
public import Evaluation
internal import NN
public import SegmentationModels

/// A network with the weights that a run ended with, and the setting it was trained with.
public struct TrainedModel {
    /// File of the final weights in a run's folder.
    package static let weightsName = "weights.safetensors"
    /// File of the resolved setting in a run's folder.
    package static let configurationName = "resolved.yaml"

    public let configuration: RunConfiguration
    public let network: SegmentationNetwork

    /// Reads a folder that `causeway train` wrote.
    ///
    /// - Parameters:
    ///   - overrides: `key.path=value` changes, such as another evaluation set.
    ///   - weights: another file of weights; nil takes the run's own.
    /// - Throws: `ConfigurationError`, `WeightsError`.
    public init(runFolder: String, overrides: [String] = [], weights: String? = nil) throws {
        configuration = try ConfigurationFile.load("\(runFolder)/\(Self.configurationName)", overrides: overrides)
        network = try configuration.model.makeNetwork(seed: nil, loadsWeights: false)
        let path = weights ?? "\(runFolder)/\(Self.weightsName)"
        try NetworkWeights.load(try SafeTensorsFile(path), into: network).requireComplete(path)
    }
}

extension ModelConfiguration {
    /// What the network's outputs mean.
    ///
    /// - Throws: when no label space has this many classes.
    package func labelSpace() throws(ConfigurationError) -> LabelSpaceKind {
        guard let space = LabelSpaceKind.allCases.first(where: { $0.space.classCount == classes }) else {
            let known = LabelSpaceKind.allCases.map { "\($0.space.classCount)" }.joined(separator: " or ")
            throw ConfigurationError(
                .impossibleCombination, keyPath: "model.classes",
                "no label space has \(classes) classes; predictions need \(known)")
        }
        return space
    }
}

extension TrainedModel {
    /// Predicts train ids of `labelSpace()`, the way the run was evaluated.
    public func predictor() -> SemanticPredictor {
        let settings = configuration.evaluation
        return SemanticPredictor(network, settings.inference, resize: settings.dataset?.resize)
    }

    /// The classes the network predicts.
    public func labelSpace() throws(ConfigurationError) -> LabelSpace { try configuration.model.labelSpace().space }
}
