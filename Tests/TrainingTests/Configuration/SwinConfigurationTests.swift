import Configuration
import SegmentationModels
import Testing
import Training

/// Swin as `model.encoder` of settings, under any decoder.
@Suite struct SwinConfigurationTests {
    private func load(_ yaml: String, _ changes: String...) throws -> RunConfiguration {
        let text = "data: {source: {root: a}, target: {root: b}}\n" + yaml
        return try ConfigurationFile.decode(yaml: text, fileName: "a.yaml", overrides: changes)
    }

    @Test(arguments: [("swin-t", Swin.Config.tiny), ("swin-s", .small), ("swin-b", .base), ("swin-l", .large)])
    func aNameIsEnough(name: String, config: Swin.Config) throws {
        let run = try load("model: {encoder: \(name)}")
        #expect(run.model.encoder == EncoderChoice(name, config) && "\(run.model.name)" == "daformer-\(name)")
    }

    @Test func sizesAreItsOwnKeysAndReadBack() throws {
        let run = try load(
            "model: {encoder: {kind: swin-b, window: 7, depths: [1, 1, 2, 1]}}", "model.encoder.heads=[2, 4, 8, 16]",
            "model.encoder.width=64", "model.encoder.dropPath=0.1")
        var expected = Swin.Config(width: 64, depths: [1, 1, 2, 1], heads: [2, 4, 8, 16], window: 7)
        expected.dropPathRate = 0.1
        #expect(run.model.encoder == EncoderChoice("swin-b", expected))
        #expect(try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "b.yaml").model == run.model)
    }

    @Test(arguments: [
        (
            "{kind: swin-t, width: 100}",
            "model.encoder.heads: 3 heads do not divide the 100 channels of stage 1, whose width is 100 doubled by each "
                + "stage; choose a divisor"
        ),
        ("{kind: swin-t, heads: [3, 6, 11, 24]}", "11 heads do not divide the 384 channels of stage 3"),
        ("{kind: swin-t, depths: [2, 2, 6]}", "model.encoder.depths: needs 4 numbers, got 3"),
        ("{kind: swin-t, window: 0}", "model.encoder.window: must be from 1 to 64, got 0"),
        ("swin-x", "model.encoder.kind: expected one of mit-b0, mit-b1, mit-b2, mit-b3, mit-b4, mit-b5, swin-t"),
    ])
    func whatCannotBeIsNamed(encoder: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try load("model: {encoder: \(encoder)}") }
        #expect("\(error)".contains(message), "\(error)")
    }

    /// Its maps go to decoders of classes, of objects, to both and to two resolutions as those of any encoder.
    @Test(arguments: [
        "daformer-swin-t", "segformer-swin-s", "edaps-swin-t", "hrda-daformer-swin-t", "mask2former-swin-t",
    ])
    func namesOfNetworksHaveIt(name: String) throws {
        let network = try #require(NetworkName(name))
        let model = try #require(ModelConfiguration(network))
        #expect("\(model.name)" == name)
    }

    @Test func anEpsilonOfItsOwnIsRefused() throws {
        let run = try load("model: {encoder: swin-t, layerNormEps: 1.0e-6}")
        let error = try #require(throws: ConfigurationError.self) {
            try run.makeNetwork(seed: nil, loadsWeights: false)
        }
        #expect(
            "\(error)".contains(
                "model.layerNormEps: the encoder 'swin-t' has no layer norms whose epsilon differs between programs; "
                    + "remove the key"), "\(error)")
    }
}
