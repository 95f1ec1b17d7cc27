import Configuration
import SegmentationModels
import TensorEngine
import Testing
import Training
import _TestSupport

/// Keys that have moved: what runs stored is still read, what people write is told where they are now.
@Suite struct StoredSettingTests {
    private let folder = TemporaryFolder()

    private let stored = """
        name: old
        method: source-only
        model:
          name: daformer-mit-b2
          classes: 19
          headWidth: 64
          headDropout: 0.2
          dropPath: 0
          weights: null
        data:
          source: {kind: cityscapes, root: /data}
        """

    private func file(_ text: String) -> String {
        folder.write(text, to: "setting.yaml")
    }

    private func expectTheSameNetwork(_ model: ModelConfiguration) throws {
        #expect("\(model.name)" == "daformer-mit-b2")
        var (encoder, decoder) = (MixTransformer.Config.b2, DAFormerHead.Config())
        encoder.dropPathRate = 0
        decoder.width = 64
        decoder.dropoutRate = 0.2
        #expect(model.encoder.config as? MixTransformer.Config == encoder)
        #expect(model.decoder?.config as? DAFormerHead.Config == decoder)
        #expect(model.multiResolution == nil)
    }

    @Test func aSettingStoredByAnOlderVersionIsRead() throws {
        try expectTheSameNetwork(ConfigurationFile.decode(yaml: stored, fileName: "index.json").model)
        try expectTheSameNetwork(ConfigurationFile.load(stored: file(stored)).model)
    }

    @Test func changesOfTheCommandLineAreLaidOverIt() throws {
        let run = try ConfigurationFile.decode(
            yaml: stored, fileName: "index.json", overrides: ["model.decoder.width=32", "model.encoder.dropPath=0.3"])
        #expect((run.model.decoder?.config as? DAFormerHead.Config)?.width == 32)
        #expect((run.model.encoder.config as? MixTransformer.Config)?.dropPathRate == 0.3)
        #expect(run.model.encoder.name == "mit-b2")
    }

    @Test(arguments: Precision.allCases)
    func aPrecisionComesBack(precision: Precision) throws {
        let text = stored + "\nengine: {threads: 2, precision: \(precision)}\n"
        let run = try ConfigurationFile.decode(yaml: text, fileName: "index.json")
        #expect(run.engine.precision == precision)
        #expect(try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "resolved.yaml") == run)
    }

    @Test func whatIsStoredTodayComesBack() throws {
        let run = try ConfigurationFile.decode(yaml: stored, fileName: "index.json")
        #expect(try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "resolved.yaml") == run)
    }

    @Test(arguments: [
        (
            "name: daformer-mit-b2",
            "model.name: there is no such key any more; model.encoder and model.decoder tell it now: "
                + "model: {encoder: mit-b2, decoder: daformer}"
        ),
        (
            "headWidth: 64",
            "model.headWidth: there is no such key any more; it is model.decoder.width now: model: {decoder: {width: "
                + "64}}"
        ),
        ("headDropout: 0.2", "it is model.decoder.dropout now: model: {decoder: {dropout: 0.2}}"),
        ("dropPath: 0", "it is model.encoder.dropPath now: model: {encoder: {dropPath: 0}}"),
    ])
    func aPersonIsToldWhereAKeyIsNow(line: String, claim: String) throws {
        let text = """
            name: mine
            method: source-only
            model: {\(line)}
            data: {source: {kind: cityscapes, root: /data}}
            """
        #expect { try ConfigurationFile.load(file(text)) } throws: { error in
            "\(error)".contains(claim) && "\(error)".contains("setting.yaml:3")
        }
    }

    @Test(arguments: [
        ("encoder: mit-b6", "model.encoder.kind: expected one of mit-b0, ", "got 'mit-b6' (did you mean 'mit-b0'?)"),
        ("decoder: dafromer", "model.decoder.kind: expected one of daformer, ", "(did you mean 'daformer'?)"),
        ("encoder: {width: 3}", "model.encoder.width: unknown key", "valid keys here: kind, dropPath"),
    ])
    func whatAComponentIsNotIsNamed(line: String, place: String, remedy: String) throws {
        let text = """
            name: mine
            method: source-only
            model: {\(line)}
            data: {source: {kind: cityscapes, root: /data}}
            """
        #expect { try ConfigurationFile.load(file(text)) } throws: {
            "\($0)".contains(place) && "\($0)".contains(remedy)
        }
    }
}
