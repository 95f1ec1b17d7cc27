import Collectives
import Configuration
import DataParallel
import Datasets
import Foundation
import RunLogs
import TensorEngine
import TextEncoders
import Training
import WeightFiles
import _TestSupport

extension Reader {
    static let settings: [Reader] = [
        .text(
            "setting", "mine.yaml", settingText, marks: ["base.yaml", "data."],
            beside: { try putFile(Array("seed: 3\ntraining: {steps: 9}\n".utf8), $0, "base.yaml") },
            read: { _ = try ConfigurationFile.load("\($0)/mine.yaml") { _ in "/data" } }),
        .text(
            "setting-base", "base.yaml", settingText.replacing("extends: base.yaml\n", with: ""),
            marks: ["mine.yaml", "data."],
            beside: { try putFile(Array("extends: base.yaml\n".utf8), $0, "mine.yaml") },
            read: { _ = try ConfigurationFile.load("\($0)/mine.yaml") { _ in "/data" } }),
        .text(
            "label-space", "space.yaml", labelSpaceText,
            read: { _ = try LabelSpaceLibrary.standard.space("\($0)/space.yaml") }),
    ]

    private static let settingText = """
        extends: base.yaml
        name: mine            # a remark
        method: {kind: source-only}
        labelSpace: cityscapes19
        model:
          encoder: {kind: mit-b0, dropPath: 0.1}
          decoder: {kind: daformer, width: 16}
        data:
          source: {kind: gta, root: "${DATA}/gta", resize: {height: 720, width: 1280}}
          crop: {height: 512, width: 512}
          rareClassSampling: {minPixels: 3000}
        optimizer: {encoderLearningRate: 6.0e-5, headLearningRate: 6.0e-4}
        schedule: {warmupSteps: 1}
        training: {steps: 40, batch: {kind: global, images: 2}}
        evaluation: {dataset: null, inference: {kind: sliding, window: {height: 512, width: 512}}}
        """

    private static let labelSpaceText = """
        name: mine
        classes:
          - {name: road, ids: [7], color: [128, 64, 128]}
          - {name: car, ids: [26, 27], color: [0, 0, 142], thing: true, colors: [[0, 0, 142], [0, 0, 70]]}
        ignore: [0, 255]
        ignoreColors: [[0, 0, 0]]
        """

    // MARK: Weights

    static let weights: [Reader] =
        ["nn/dtypes.safetensors", "torch/kinds.pth", "torch/kinds_legacy.pth", "torch/mit_mmseg.pth"].map { file in
            .fixture("weights-\(file.split(separator: "/").last ?? "")", file, read: readTensors)
        } + [
            .text(
                "weights-index", "model.safetensors.index.json",
                #"{"metadata": {"total_size": 24}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#,
                marks: ["causeway-test"],
                beside: { folder in
                    for (number, name) in ["a", "b"].enumerated() {
                        try SafeTensorsWriter.write(
                            "\(folder)/model-\(number + 1).safetensors",
                            [SafeTensorsItem(name, shape: [3], floats: [1, 2, 3])])
                    }
                }, read: { try readTensors("\($0)/model.safetensors.index.json") })
        ]

    private static func readTensors(_ path: String) throws {
        let file = try WeightsFile.open(path)
        for name in file.names {
            // What holds no fractions holds whole numbers.
            do throws(WeightsError) { _ = try file.floats(name) } catch { _ = try file.integers(name) }
        }
    }

    // MARK: Vocabularies

    static let vocabularies: [Reader] = [
        .fixture("tokenizer", "text/tokenizer/tokenizer.json", isText: true) {
            _ = try BytePairVocabulary.tokenizer($0)
        },
        .fixture("merges-openai", "text/tokenizer/openai.txt.gz") {
            _ = try BytePairVocabulary.openAI($0, tokenCount: openAITokens)
        },
        .fixture("vocabulary", "text/tokenizer/vocab.json", isText: true) {
            _ = try BytePairVocabulary.huggingFace(vocab: $0, merges: Fixture.path("text/tokenizer/merges.txt"))
        },
        .fixture("merges", "text/tokenizer/merges.txt", isText: true) {
            _ = try BytePairVocabulary.huggingFace(vocab: Fixture.path("text/tokenizer/vocab.json"), merges: $0)
        },
    ]
    private static let openAITokens = 1014

    // MARK: Runs

    static let runs: [Reader] = [
        checkpoint("checkpoint-index", "index.json", isText: true),
        checkpoint("checkpoint-shard", "shard-0.safetensors"),
        .text(
            "log", "log.jsonl", (0..<9).map { #"{"step": \#($0), "event": "train", "loss": 0.5}"# + "\n" }.joined(),
            isLenient: true, read: { folder in _ = try RunLog(path: "\(folder)/log.jsonl", resumedStep: 5) }),
    ]

    private static func checkpoint(_ name: String, _ file: String, isText: Bool = false) -> Reader {
        Reader(
            name, "step-000007/\(file)", isText: isText, marks: ["step-000007"],
            prepare: { folder in
                try CheckpointFolder(folder).save(
                    [CheckpointEntry("weights", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))], step: 7,
                    state: ["configuration": "seed: 3\n"], group: SingleProcessGroup())
            },
            read: { folder in
                let checkpoint = try Checkpoint.verified("\(folder)/step-000007", group: SingleProcessGroup())
                for key in checkpoint.keys { _ = try checkpoint.floats(key) }
            })
    }
}
