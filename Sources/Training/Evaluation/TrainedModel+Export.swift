internal import Basics
internal import Configuration
internal import Datasets
internal import FoundationEssentials
internal import NN
public import SegmentationModels

extension TrainedModel {
    /// What of a network is written for other programs.
    public enum ExportPart: String, Sendable, CaseIterable {
        case network, encoder
    }

    /// Under whose names.
    public enum ExportFormat: String, Sendable, CaseIterable {
        /// Those of Hugging Face transformers, with the `config.json` that its `SegformerModel` reads. It knows the
        /// encoder only; the head keeps DAFormer's names.
        case huggingFace = "hf"
        /// Those of the SegFormer release, and of DAFormer's checkpoints for a whole network.
        case original
    }

    /// Names of transformers where it knows the encoder, else those of its authors.
    public var usualExportFormat: ExportFormat {
        network.encoder.config.transformersConfiguration(network.epsilons) == nil ? .original : .huggingFace
    }

    /// Files of an export.
    private static let exportedWeightsName = "model.safetensors"
    private static let exportedConfigurationName = "config.json"

    /// Writes the weights for other programs to `model.safetensors` in `folder`, which is made if it is missing.
    ///
    /// - Parameters:
    ///   - precision: of the numbers in the file.
    ///   - metadata: what else its header tells.
    /// - Returns: the files written.
    /// - Throws: `WeightsError`, or `RunError` when the folder cannot be made.
    @discardableResult
    public func export(
        _ part: ExportPart, as format: ExportFormat, to folder: String, precision: WeightsPrecision = .single,
        metadata: [String: String] = [:]
    ) throws -> [String] {
        let weights = "\(folder)/\(Self.exportedWeightsName)"
        let metadata = part == .network
            ? metadata.merging(TrainedClasses.metadata(of: labelSpace)) { given, _ in given } : metadata
        let configuration = "\(folder)/\(Self.exportedConfigurationName)"
        let configurationText = format == .huggingFace ? try transformersConfiguration() : nil
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if let text = configurationText {
                try Data(text.utf8).write(to: URL(filePath: configuration), options: .atomic)
            }
        } catch {
            throw RunError.output("\(folder): cannot be written; choose another with --out")
        }
        switch part {
        case .encoder:
            try NetworkWeights.save(
                network.encoder, to: weights, as: format.encoder, precision: precision, metadata: metadata)
        case .network:
            try NetworkWeights.save(network, to: weights, as: format.network, precision: precision, metadata: metadata)
        }
        return format == .huggingFace ? [weights, configuration] : [weights]
    }
}

extension TrainedModel.ExportFormat {
    fileprivate var encoder: WeightsFormat {
        switch self {
        case .huggingFace: WeightsFormat(.huggingFace)
        case .original: WeightsFormat(.original)
        }
    }

    fileprivate var network: WeightsFormat {
        switch self {
        case .huggingFace: WeightsFormat(.huggingFace, encoderPrefix: "segformer.")
        case .original: .network
        }
    }
}

extension TrainedModel {
    /// What transformers reads beside the weights.
    ///
    /// - Throws: where it knows no such encoder.
    private func transformersConfiguration() throws(ConfigurationError) -> String {
        guard let fields = network.encoder.config.transformersConfiguration(network.epsilons) else {
            throw ConfigurationError(
                .impossibleCombination, keyPath: "model.encoder",
                "transformers knows no encoder '\(configuration.model.encoder.name)'; export it with --format original")
        }
        let names = labelSpace.classNames
        let labels: [(String, JSONValue)] = [
            ("id2label", .object(names.enumerated().map { ("\($0)", .string($1)) })),
            ("label2id", .object(names.enumerated().map { ($1, .integer($0)) })),
        ]
        return JSONValue.object(fields.map { ($0.key, JSONValue($0.value)) } + labels).text + "\n"
    }
}

extension JSONValue {
    fileprivate init(_ value: TransformersField.Value) {
        self = switch value {
        case .text(let text): .string(text)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .flag(let flag): .bool(flag)
        case .integers(let numbers): .array(numbers.map { .integer($0) })
        case .texts(let texts): .array(texts.map { .string($0) })
        }
    }
}
