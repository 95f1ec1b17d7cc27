import Configuration
import Testing
import Training

/// Models that find objects together.
@Suite struct JoinedModelsTests {
    private static func model(_ change: String?) throws -> TrainedModel {
        let yaml = """
            {data: {source: {root: a}, target: {root: c}}, method: source-only, model: {encoder: mit-b0},
             evaluation: {dataset: {root: b, resize: {height: 64, width: 128}}}}
            """
        let run: RunConfiguration = try ConfigurationFile.decode(
            yaml: yaml, fileName: "a.yaml", overrides: change.map { [$0] } ?? [])
        let network = try run.makeNetwork(seed: nil, loadsWeights: false)
        return TrainedModel(configuration: run, networks: [network], kind: nil, origin: "")
    }

    /// How an image is seen decides; when it is scored, and where, does not.
    @Test(arguments: [
        ("evaluation.dataset.resize.height=32", false), ("evaluation.dataset.resize=null", false),
        ("evaluation.wholeMegapixels=1", false),
        ("evaluation.inference={kind: sliding, window: {height: 32, width: 32}, stride: {height: 16, width: 16}}", false),
        ("evaluation.every=7", true), ("evaluation.dataset.root=c", true), ("evaluation.targetStatisticsImages=3", true),
    ])
    func onlyTheOneThatSeesImagesOtherwiseIsNamed(change: String, areAlike: Bool) throws {
        let models = [try Self.model(nil), try Self.model(nil), try Self.model(change)]
        let names = ["one", "two", "three"]
        guard !areAlike else { return try TrainedModel.requireAlike(models, of: names, in: "folder") }
        let error = #expect(throws: RunError.self) { try TrainedModel.requireAlike(models, of: names, in: "folder") }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("folder: the models of one and three see images in other ways"), "\(text)")
    }
}
