public import ArgumentParser
public import Datasets
public import Evaluation
public import NN
public import SegmentationModels
public import TensorEngine
public import TextEncoders
public import Training

// Choices that are spoken on the command line as they are in YAML.

extension ToytownDomain: ExpressibleByArgument {}
extension LabelIDs: ExpressibleByArgument {}
extension DatasetSplit: ExpressibleByArgument {}
extension SubmissionFormat: ExpressibleByArgument {}
extension Recomputation: ExpressibleByArgument {}
extension CLIPTextTowerName: ExpressibleByArgument {}
extension ClassTableRecipe.Weighting: ExpressibleByArgument {}
extension CLIPTextEncoder.Vectors: ExpressibleByArgument {}
extension PromptTemplate.Shape: ExpressibleByArgument {}
extension WeightsPrecision: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension TrainedModel.ExportPart: ExpressibleByArgument {}
extension TrainedNetwork: ExpressibleByArgument {}

extension TrainedModel.ExportFormat: ExpressibleByArgument {
    /// `hf` is what it was called when `--for` was `--format`.
    public init?(argument: String) { self.init(rawValue: argument == "hf" ? Self.huggingFace.rawValue : argument) }
}
