import Foundation
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Runs with Swin, whose every stage is padded to whole windows.
    @Suite struct SwinRunsTests {
        private let folder = TemporaryFolder()

        private static let encoder =
            "model.encoder={kind: swin-t, width: 8, depths: [2, 1, 1, 1], heads: [1, 1, 2, 2], "
            + "window: 5, dropPath: 0.3}"

        /// Self-training with heads of classes, with objects beside them, and with objects alone.
        @Test(
            arguments: [
                (.tiny, "{kind: daformer, width: 16}"), (.tiny, "{kind: segformer, width: 16}"),
                (.tinyPanoptic, "{kind: daformer, width: 16}"), (.tinyInstance, "none"),
            ] as [(TinyRun.Setting, String)])
        func isTrainedUnderEveryDecoder(setting: TinyRun.Setting, decoder: String) throws {
            let changes = ["training.steps=4", "schedule.warmupSteps=2", "schedule.phaseEnds=[]"]
            func run(ranks: Int?) throws -> [Double] {
                let run = TinyRun(setting: setting, ranks: ranks, Self.encoder, "model.decoder=\(decoder)")
                let job = try run.train(changes: changes)
                #expect(job.status == 0, "\(job.output)")
                return try run.losses()
            }
            let alone = try run(ranks: nil)
            #expect(alone.count == 4 && alone.allSatisfy { $0.isFinite && $0 > 0 })
            // What is dropped follows the image and not the rank.
            for (one, two) in zip(alone, try run(ranks: 2)) { #expect(abs(one - two) <= 1e-4 * one, "\(one) \(two)") }
        }

        @Test func goesOnWithTheBitsOfAnUninterruptedRun() throws {
            let whole = TinyRun(Self.encoder, "checkpoint.every=3", "training.steps=6")
            try whole.finish()
            let run = TinyRun(Self.encoder, "checkpoint.every=3", "training.steps=6")
            let stopped = try run.train(interruption: run.interruption(.terminate, afterStep: 2))
            #expect(stopped.status == 75, "\(stopped.output)")
            try run.finish(resumes: true)
            #expect(try run.file("weights.safetensors") == whole.file("weights.safetensors"))
        }

        /// `export --for transformers` of a network of classes has the encoder as `SwinBackbone`; one of Mask2Former is
        /// whole. Both are read back here as well.
        @Test func isWrittenForTransformers() throws {
            let classes = TinyRun(Self.encoder, "training.steps=1", "schedule.warmupSteps=1")
            try classes.finish()
            let backbone = try exported(classes, reader: "SwinBackbone")
            #expect(backbone.config["model_type"] as? String == "swin" && backbone.config["window_size"] as? Int == 5)
            #expect(backbone.config["out_features"] as? [String] == ["stage1", "stage2", "stage3", "stage4"])
            #expect(backbone.file.contains("encoder.layers.0.blocks.1.attention.self.query.weight"))
            #expect(backbone.file.contains("hidden_states_norms.stage4.bias"))

            let objects = TinyRun(
                setting: .tinyInstance, Self.encoder, "training.steps=1", "schedule.warmupSteps=1",
                "model.decoder=none",
                "model.objects.width=32", "model.objects.groups=32", "model.objects.heads=8")
            try objects.finish()
            let whole = try exported(objects, reader: "Mask2FormerForUniversalSegmentation")
            let inner = try #require(whole.config["backbone_config"] as? [String: Any])
            #expect(inner["model_type"] as? String == "swin" && inner["embed_dim"] as? Int == 8)
            #expect(whole.config["decoder_layers"] as? Int == 4 && whole.config["num_queries"] as? Int == 12)
            let labels = try #require(whole.config["id2label"] as? [String: String])
            #expect(labels["0"] == "person" && labels["7"] == "bicycle" && labels.count == 8)
            #expect(try whole.file.entry("class_predictor.weight").shape == [9, 32])
            #expect(try whole.file.floats("criterion.empty_weight") == [1, 1, 1, 1, 1, 1, 1, 1, 0.1])
            try isReadBack(whole.file, of: objects)
        }

        private func exported(
            _ run: TinyRun, reader: String
        ) throws -> (config: [String: Any], file: SafeTensorsFile) {
            let out = folder.file(reader)
            let job = try Job.run(
                "causeway", ["export", run.outputFolder, "--for", "transformers", "--out", out], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardError.contains("transformers loads it with \(reader).from_pretrained(\"\(out)\")"))
            // What transformers passes over is said.
            let isWhole = reader.hasPrefix("Mask2Former")
            #expect(
                job.standardError.contains("note: that is the encoder alone, and passes over the decoder of ")
                    == !isWhole)
            let data = try Data(contentsOf: URL(filePath: "\(out)/config.json"))
            let config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(config["architectures"] as? [String] == [reader])
            return (config, try SafeTensorsFile("\(out)/model.safetensors"))
        }

        /// `forward` gives the same under the names of transformers as under ours, with sizes that the files tell.
        private func isReadBack(_ file: SafeTensorsFile, of run: TinyRun) throws {
            let input = folder.file("in.safetensors")
            let pixels = (0..<3 * 50 * 70).map { (index: Int) -> Float in Float(index % 17) / 8 - 1 }
            try SafeTensorsWriter.write(input, [SafeTensorsItem("pixels", shape: [1, 3, 50, 70], floats: pixels)])
            let paths = [file.path, "\(run.outputFolder)/weights.safetensors"]
            let outputs = try paths.map { (weights: String) throws -> [Float] in
                let output = folder.file("out.safetensors")
                let job = try Job.run(
                    "causeway",
                    [
                        "forward", "--model", "mask2former-swin-t", "--weights", weights, "--input", input, "--output",
                        output,
                    ], ranks: nil)
                #expect(job.status == 0, "\(job.output)")
                let written = try SafeTensorsFile(output)
                #expect(try written.entry("mask_logits").shape == [1, 12, 13, 18])
                return try written.floats("mask_logits") + written.floats("class_logits")
            }
            #expect(outputs[0] == outputs[1])
        }
    }
}
