internal import Basics
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
            ? metadata.merging(Self.metadata(of: labelSpace)) { given, _ in given } : metadata
        let configuration = "\(folder)/\(Self.exportedConfigurationName)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if format == .huggingFace {
                let text = network.encoder.segformerConfiguration(labelSpace.classNames).text + "\n"
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

extension MixTransformer {
    /// The encoder's sizes as `SegformerConfig` of transformers has them.
    ///
    /// Its layer norms all have the epsilon 1e-5, whatever is written here.
    fileprivate func segformerConfiguration(_ classNames: [String]) -> JSONValue {
        func list(_ sizes: [Int]) -> JSONValue { .array(sizes.map { .integer($0) }) }
        return [
            "architectures": ["SegformerModel"], "model_type": "segformer", "num_channels": 3,
            "num_encoder_blocks": .integer(config.depths.count), "depths": list(config.depths),
            "hidden_sizes": list(config.channels), "num_attention_heads": list(config.heads),
            "sr_ratios": list(config.reductions), "patch_sizes": [7, 3, 3, 3], "strides": [4, 2, 2, 2],
            "mlp_ratios": list(config.depths.map { _ in config.expansion }), "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
            "drop_path_rate": .number(Double("\(config.dropPathRate)") ?? 0), "reshape_last_stage": true,
            "layer_norm_eps": .number(Double("\(epsilons.blocks)") ?? 0),
            "id2label": .object(classNames.enumerated().map { ("\($0)", .string($1)) }),
            "label2id": .object(classNames.enumerated().map { ($1, .integer($0)) }),
        ]
    }
}
