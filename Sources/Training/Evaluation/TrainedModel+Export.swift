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
        /// Those of Hugging Face transformers, with the `config.json` of its class for the network (Mask2Former on
        /// Swin), or for the encoder alone; what it does not know keeps our names.
        case huggingFace = "transformers"
        /// Those of the SegFormer release, and of DAFormer's checkpoints for a whole network.
        case original
    }

    /// Names of transformers where it knows the encoder, else those of its authors.
    public var usualExportFormat: ExportFormat { network.transformersConfiguration == nil ? .original : .huggingFace }

    /// Files of an export.
    private static let exportedWeightsName = "model.safetensors"
    private static let exportedConfigurationName = "config.json"

    /// Writes the weights for other programs to `model.safetensors` in `folder`, which is made if it is missing.
    ///
    /// - Parameters:
    ///   - precision: of the numbers in the file.
    ///   - metadata: what else its header tells.
    /// - Returns: the files written, and what reads them.
    /// - Throws: `WeightsError`, or `RunError` when the folder cannot be made.
    @discardableResult
    public func export(
        _ part: ExportPart, as format: ExportFormat, to folder: String, precision: WeightsPrecision = .single,
        metadata: [String: String] = [:]
    ) throws -> Exported {
        guard networks.count == 1 else {
            throw RunError.output(
                "\(configuration.name): has a network for each group of classes; export them one by one, from the folders of "
                    + "their trainings")
        }
        let weights = "\(folder)/\(Self.exportedWeightsName)"
        let told = kind.map { [Self.networkKey: $0.rawValue] } ?? [:]
        let classes = part == .network ? TrainedClasses.metadata(of: labelSpace) : [:]
        let metadata = metadata.merging(told) { given, _ in given }.merging(classes) { given, _ in given }
        let reader = format == .huggingFace ? try transformersConfiguration(of: part) : nil
        let configuration = try writeConfiguration(reader, to: folder)
        let (model, names): (any WeightedNetwork, WeightsFormat) = switch (part, reader) {
        case (.encoder, nil): (network.encoder, WeightsFormat(.original))
        case (.encoder, _): (network.encoder, WeightsFormat(.huggingFace))
        case (.network, nil): (network, .network)
        case (.network, let reader?): (network, WeightsFormat(.huggingFace, encoderPrefix: reader.encoderPrefix))
        }
        try NetworkWeights.save(
            model, to: weights, as: names, precision: precision, metadata: metadata, constants: reader?.constants ?? [])
        return Exported(
            files: [weights] + configuration, architecture: reader?.architecture,
            leftOut: reader == nil || part == .encoder ? nil : network.transformersGap)
    }

    /// What an export wrote.
    public struct Exported {
        public let files: [String]
        /// The class of transformers whose `from_pretrained` loads the folder; nil under the authors' names.
        public let architecture: String?
        /// What of the network that class passes over, and why; nil where nothing.
        public let leftOut: String?
    }

    /// Makes the folder of an export.
    ///
    /// - Returns: the files beside the weights.
    private func writeConfiguration(_ reader: TransformersConfiguration?, to folder: String) throws -> [String] {
        let path = "\(folder)/\(Self.exportedConfigurationName)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            guard let reader else { return [] }
            try Data(text(of: reader).utf8).write(to: URL(filePath: path), options: .atomic)
            return [path]
        } catch {
            throw RunError.output("\(folder): cannot be written; choose another with --out")
        }
    }
}

extension TrainedModel {
    /// What transformers reads beside the weights.
    ///
    /// - Throws: where it knows no such encoder.
    private func transformersConfiguration(
        of part: ExportPart
    ) throws(ConfigurationError) -> TransformersConfiguration {
        let known = switch part {
        case .encoder: network.encoder.config.transformersConfiguration(network.epsilons)
        case .network: network.transformersConfiguration
        }
        guard let known else {
            throw ConfigurationError(
                .impossibleCombination, keyPath: "model.encoder",
                "transformers knows no encoder '\(configuration.model.encoder.name)'; export it with --for original")
        }
        return known
    }

    /// The file of a configuration.
    private func text(of reader: TransformersConfiguration) -> String {
        let all = labelSpace.classNames
        let names = reader.classes.map { $0.map { all[Int($0)] } } ?? all
        let labels: [(String, JSONValue)] = [
            ("id2label", .object(names.enumerated().map { ("\($0)", .string($1)) })),
            ("label2id", .object(names.enumerated().map { ($1, .integer($0)) })),
        ]
        return JSONValue.object(reader.fields.members + labels).text + "\n"
    }
}

extension [TransformersField] {
    fileprivate var members: [(String, JSONValue)] { map { ($0.key, JSONValue($0.value)) } }
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
        case .fields(let fields): .object(fields.members)
        }
    }
}
