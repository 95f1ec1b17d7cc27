import Foundation
import NN
import SegmentationModels
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

/// One encoder under the names of every program that we know.
@Suite struct SwinNamesTests {
    private let folder = TemporaryFolder()

    private static func file(_ name: String) throws -> SafeTensorsFile { try TinyModels.fixture("swin_names/\(name)") }

    private func values(_ encoder: Swin) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: encoder.namedParameters.map { ($0.name, $0.parameter.value.values()) })
    }

    private func differing(_ first: [String: [Float]], _ second: [String: [Float]]) -> [String] {
        Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }.sorted()
    }

    private func loaded(_ name: String) throws -> (encoder: Swin, report: LoadReport) {
        let encoder = Swin(TinySwin.names, in: ModuleScope(seed: 7))
        return (encoder, try NetworkWeights.load(try Self.file(name), into: encoder))
    }

    @Test(arguments: [
        ("backbone_saved", "hugging-face", ""), ("backbone_memory", "hugging-face-stages", ""),
        ("mask2former_saved", "hugging-face", "model.pixel_level_module.encoder."),
        ("mask2former_memory", "hugging-face-stages", "model.pixel_level_module.encoder."),
        ("maskformer", "hugging-face-maskformer", "model.pixel_level_module.encoder."),
        ("original", "original", "backbone."), ("mmsegmentation", "mmsegmentation", "backbone."),
    ])
    func everyProgramsFileGivesTheSameEncoder(name: String, naming: String, prefix: String) throws {
        let (expected, _) = try loaded("backbone_saved")
        let (encoder, report) = try loaded(name)
        #expect(report.isComplete && report.drawn == [] && report.passedOver == [])
        #expect(report.naming == naming && report.prefix == prefix)
        #expect(differing(values(encoder), values(expected)) == [])
        // The classifier's norm, which no map goes through, and another network's head.
        #expect(report.unexpected.allSatisfy { $0.contains("layernorm.") || $0.hasPrefix("class_predictor.") })
    }

    @Test(arguments: [
        ("classifier_saved", "hugging-face-swin", ""), ("classifier_memory", "hugging-face-stages", ""),
        ("model_saved", "hugging-face", ""), ("original_classifier", "original", "model."),
    ])
    func aClassifiersFileGivesAllButTheNormsOfMaps(name: String, naming: String, prefix: String) throws {
        let (expected, _) = try loaded("backbone_saved")
        let (encoder, report) = try loaded(name)
        #expect(report.isComplete && report.naming == naming && report.prefix == prefix)
        let norms = (0..<4).flatMap { ["norm\($0).weight", "norm\($0).bias"] }
        #expect(report.drawn == norms)
        try report.requireComplete()
        #expect(report.text.contains("drawn at random: 8 (norm0.weight, norm0.bias, norm1.weight, …)"))
        var wanted = values(expected)
        let start = values(Swin(TinySwin.names, in: ModuleScope(seed: 7)))
        for norm in norms { wanted[norm] = start[norm] }
        #expect(differing(values(encoder), wanted) == [])
    }

    @Test func aFileWithSomeNormsOfMapsIsDamaged() throws {
        let file = try Self.file("backbone_saved")
        let path = folder.file("damaged.safetensors")
        var items: [SafeTensorsItem] = []
        for name in file.names where !name.hasPrefix("hidden_states_norms.stage2") {
            let values = try file.floats(name)
            items.append(SafeTensorsItem(name, shape: try file.entry(name).shape, floats: values))
        }
        try SafeTensorsWriter.write(path, items)
        let encoder = Swin(TinySwin.names, in: ModuleScope(seed: 7))
        let report = try NetworkWeights.load(try SafeTensorsFile(path), into: encoder)
        #expect(report.missing == ["hidden_states_norms.stage2.weight", "hidden_states_norms.stage2.bias"])
        #expect(throws: WeightsError.self) { try report.requireComplete() }
    }

    @Test(arguments: [
        "original", "hugging-face", "hugging-face-stages", "hugging-face-swin", "hugging-face-bare",
        "hugging-face-maskformer",
    ])
    func whatIsSavedComesBackUnderEveryNaming(convention: String) throws {
        let (saved, _) = try loaded("backbone_saved")
        let path = folder.file("w.safetensors")
        let format = WeightsFormat(WeightConvention(rawValue: convention), encoderPrefix: "some.where.")
        try NetworkWeights.save(saved, to: path, as: format)
        let back = Swin(TinySwin.names, in: ModuleScope(seed: 8))
        let report = try NetworkWeights.load(try SafeTensorsFile(path), into: back)
        #expect(report.isComplete && report.unexpected == [] && report.naming == convention)
        #expect(differing(values(back), values(saved)) == [])
    }

    @Test func aFileOfAnotherEncoderIsRefusedWithTheNamesThatWereLookedFor() throws {
        let error = try #require(throws: WeightsError.self) {
            try NetworkWeights.load(
                try TinyModels.fixture("mit_tiny"), into: Swin(TinySwin.names, in: ModuleScope(seed: nil)))
        }
        #expect(
            error.description.contains(
                "has no tensor named layers.0.blocks.0.attn.qkv.weight, nor stages.0.blocks.0.attn.w_msa.qkv.weight, "
                    + "nor encoder.layers.0.blocks.0."))
    }

    /// A whole Mask2Former is written as transformers writes it: no name more, none less, the same shapes.
    @Test func aWholeMask2FormerHasTheNamesThatTransformersWrites() throws {
        var sizes = Mask2Former.Config()
        sizes.width = 32
        sizes.queries = 7
        sizes.pixelDecoder.layers = 2
        sizes.pixelDecoder.hidden = 20
        sizes.transformer.layers = 3
        sizes.transformer.hidden = 24
        let encoder = Swin.Config(width: 4, depths: [2, 1, 1, 1], heads: [1, 1, 2, 2], window: 5)
        let config = SegmentationNetwork.Config(
            encoder: encoder, decoder: nil, classCount: 19, objects: (sizes, [11, 13, 18]))
        let network = SegmentationNetwork(config, in: ModuleScope(seed: 1))
        let reader = try #require(network.transformersConfiguration)
        #expect(reader.architecture == "Mask2FormerForUniversalSegmentation" && reader.classes == [11, 13, 18])
        let path = folder.file("whole.safetensors")
        let format = WeightsFormat(.huggingFace, encoderPrefix: reader.encoderPrefix)
        try NetworkWeights.save(network, to: path, as: format, constants: reader.constants)
        let file = try SafeTensorsFile(path)
        let written = try file.names.sorted().map { name in
            "\(name) \(try file.entry(name).shape.map { "\($0)" }.joined(separator: "x"))"
        }
        let list = Fixture.path("models/swin_names/mask2former_names.txt")
        let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(Set(written).symmetricDifference(lines).sorted() == [])

        let back = SegmentationNetwork(config, in: ModuleScope(seed: 2))
        let report = try NetworkWeights.load(file, into: back)
        #expect(report.isComplete && report.loadedCount == network.namedParameters.count)
        for (before, after) in zip(network.namedParameters, back.namedParameters) {
            #expect(before.parameter.value.values() == after.parameter.value.values(), "\(before.name)")
        }
        // What transformers does not know it is not given: other groups of norms, another encoder.
        sizes.groups = 8
        let other = SegmentationNetwork.Config(
            encoder: encoder, decoder: nil, classCount: 19, objects: (sizes, [11, 13, 18]))
        let partly = SegmentationNetwork(other, in: ModuleScope(seed: nil))
        #expect(partly.transformersConfiguration?.architecture == "SwinBackbone")
    }
}
