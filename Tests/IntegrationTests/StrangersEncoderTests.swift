import Collectives
import Configuration
import Foundation
import NN
import SegmentationModels
import TensorEngine
import Testing
import Training
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// An encoder of somebody else's, one file and one line, is trained, saved, loaded and exported as those of the
    /// house.
    @Suite struct StrangersEncoderTests {
        private let folder = TemporaryFolder()

        /// The line; a program adds it once.
        private static let isRegistered: Bool = {
            EncoderRegistry.shared.add("two-convolutions", TwoConvolutions.Config())
            return true
        }()

        private func configuration(_ changes: String...) throws -> RunConfiguration {
            #expect(Self.isRegistered)
            return try ConfigurationFile.load(
                RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml"),
                overrides: [
                    "model.encoder={kind: two-convolutions, fineChannels: 4}", "training.steps=6",
                    "training.batch.images=2", "schedule.warmupSteps=2", "checkpoint.every=3",
                ] + changes
            ) { $0 == "TOYTOWN" ? TinyToytown.path : nil }
        }

        private func train(_ name: String, resumes: Bool = false, _ configuration: RunConfiguration) throws {
            setenv("TOYTOWN", TinyToytown.path, 1)
            let options = TrainingRun.Options(outputFolder: folder.file(name), resumes: resumes)
            _ = try TrainingRun(configuration, options: options, world: SingleProcessGroup()).run()
        }

        private func weights(_ name: String) throws -> [[Float]] {
            let file = try SafeTensorsFile("\(folder.file(name))/weights.safetensors")
            return try file.names.map { try file.floats($0) }
        }

        @Test func isTrainedSavedResumedAndRead() throws {
            try train("whole", configuration())
            try train("parts", configuration("training.steps=3", "schedule.power=0"))
            try train("again", configuration())
            #expect(try weights("whole") == weights("again"))
            #expect(try weights("whole") != weights("parts"))

            let trained = try TrainedModel(runFolder: folder.file("whole"), world: SingleProcessGroup())
            #expect("\(trained.configuration.model.name)" == "daformer-two-convolutions")
            #expect((trained.network.encoder as? TwoConvolutions)?.config.fineChannels == 4)
            let stored = try weights("whole").reduce(0) { $0 + $1.count }
            let tensors =
                trained.network.namedParameters.map(\.parameter.count)
                + trained.network.namedBuffers.map(\.buffer.count)
            #expect(stored == tensors.reduce(0, +))
        }

        @Test func goesOnFromItsCheckpointWithTheSameBits() throws {
            try train("whole", configuration())
            let checkpoints = "\(folder.file("whole"))/checkpoints"
            try FileManager.default.createDirectory(
                atPath: "\(folder.file("part"))/checkpoints", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "\(checkpoints)/step-000003", toPath: "\(folder.file("part"))/checkpoints/step-000003")
            try train("part", resumes: true, configuration())
            #expect(try weights("part") == weights("whole"))
        }

        @Test func trainsAtTwoResolutionsToo() throws {
            try train("hrda", configuration("model.multiResolution.detail={height: 32, width: 32}"))
            let values = try weights("hrda").flatMap(\.self)
            #expect(!values.isEmpty && values.allSatisfy { $0.isFinite })
        }

        @Test func startsFromItsOwnWeightsWithFeatureDistance() throws {
            try train("first", configuration())
            let path = "\(folder.file("first"))/weights.safetensors"
            try train("second", configuration("model.weights=\(path)"))
            let log = try String(contentsOfFile: "\(folder.file("second"))/log.jsonl", encoding: .utf8)
            #expect(log.contains("\"loss.features\""), "\(log)")
        }

        @Test func isExportedUnderItsOwnNamesAndUnderNoOthers() throws {
            try train("whole", configuration())
            let trained = try TrainedModel(runFolder: folder.file("whole"), world: SingleProcessGroup())
            let files = try trained.export(.encoder, as: .original, to: folder.file("exported")).files
            let exported = try SafeTensorsFile(files[0])
            #expect(exported.names.sorted().first == "bn0.bias" && exported.contains("scale"))
            let encoder = TwoConvolutions(.init(fineChannels: 4), in: ModuleScope(seed: 5))
            #expect(try NetworkWeights.load(exported, into: encoder).isComplete)
            // What a file says of layer norms is nothing to an encoder without them.
            let noted = folder.file("noted.safetensors")
            try NetworkWeights.save(
                encoder, to: noted, as: WeightsFormat(.original), metadata: ["layer_norm_eps": "1e-06,1e-05"])
            #expect(try NetworkWeights.load(try SafeTensorsFile(noted), into: encoder).isComplete)
            #expect { try trained.export(.network, as: .huggingFace, to: folder.file("other")) } throws: {
                "\($0)".contains("transformers knows no encoder 'two-convolutions'; export it with --for original")
            }
            #expect(trained.usualExportFormat == .original)
        }

        @Test func whatItLacksIsNamed() throws {
            #expect { try train("eps", configuration("model.layerNormEps=1e-5")) } throws: {
                "\($0)".contains(
                    "model.layerNormEps: the encoder 'two-convolutions' has no layer norms whose epsilon differs between programs; remove the key"
                )
            }
            let path = folder.file("mit.safetensors")
            try NetworkWeights.save(
                MixTransformer(.b0, in: ModuleScope(seed: nil)), to: path, as: WeightsFormat(.original))
            #expect { try train("mit", configuration("model.weights=\(path)")) } throws: {
                "\($0)".contains(
                    "has no tensor named conv0.weight; save the weights under the names of one of: original")
            }
        }

        /// The crop must divide into cells of its deepest map, 8 pixels, where MiT needs 32.
        @Test func validationAsksForItsStrides() throws {
            let path = folder.file("w")
            _ = try configuration("data.crop={height: 56, width: 40}", "model.weights=\(path)")
            #expect { try configuration("data.crop={height: 60, width: 40}", "model.weights=\(path)") } throws: {
                "\($0)".contains("does not divide into feature cells of 8 pixels")
            }
        }
    }
}
