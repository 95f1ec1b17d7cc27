import Configuration
import DataLoading
import DomainAdaptation
import Evaluation
import Foundation
import Mixing
import NN
import SegmentationModels
import Testing
import Training
import _TestSupport

/// The settings of EDAPS and LIDAPS against the numbers that their papers and code give.
@Suite struct PanopticSettingsTests {
    struct Setting: CustomTestStringConvertible, Sendable {
        let name: String
        /// What the file's first lines must say of published scores.
        let scores: [String]
        var steps = 50000
        var width = 768
        var featureDistance = 0.0
        var hasPixelText = true
        var threshold: InstanceThreshold? = .fixed(0.75)
        var phaseEnds = [40000]

        var testDescription: String { name }
    }

    private static func edaps(_ name: String, _ scores: String) -> Setting {
        Setting(
            name: "edaps/\(name)", scores: [scores], steps: 40000, width: 256, featureDistance: 0.005,
            hasPixelText: false, threshold: nil, phaseEnds: [])
    }

    private static func star(_ name: String, _ scores: [String]) -> Setting {
        Setting(name: name, scores: scores, width: 256, hasPixelText: false, threshold: nil)
    }

    /// Tables 1 and 2 of EDAPS, the tables of LIDAPS.
    static let settings: [Setting] = {
        let row = "lidaps/ablations/"
        var distanced = star(row + "edaps-feature-distance", ["40.8 +- 0.9", "57.5 +- 0.7", "33.7 +- 0.6"])
        distanced.featureDistance = 0.005
        return [
            edaps("synthia-to-cityscapes", "41.2"), edaps("cityscapes-to-foggy-cityscapes", "56.7"),
            edaps("synthia-to-mapillary", "36.6"), edaps("cityscapes-to-mapillary", "41.2"),
            star("edaps/synthia-to-cityscapes-star", ["41.0 +- 0.4", "58.0 +- 0.2", "34.1 +- 1.0"]),
            star("edaps/cityscapes-to-foggy-cityscapes-star", ["57.3"]),
            star("edaps/synthia-to-mapillary-star", ["36.6"]),
            star("edaps/cityscapes-to-mapillary-star", ["no published score"]),
            Setting(name: "lidaps/synthia-to-cityscapes", scores: ["44.8 +- 0.2", "59.6 +- 0.6", "42.6 +- 0.7"]),
            Setting(name: "lidaps/cityscapes-to-foggy-cityscapes", scores: ["59.6 mPQ", "65.3 AP"]),
            Setting(
                name: "lidaps/synthia-to-mapillary", scores: ["38.0", "58.8", "38.7"], threshold: .fixed(0.9)),
            Setting(name: "lidaps/cityscapes-to-mapillary", scores: ["42.6"], threshold: .fixed(0.9)),
            Setting(
                name: "lidaps/synthia-to-mapillary-margins", scores: ["38.0", "58.8", "38.7"], threshold: .fixed(0.9)),
            Setting(name: "lidaps/cityscapes-to-mapillary-margins", scores: ["42.6"], threshold: .fixed(0.9)),
            Setting(
                name: "lidaps/synthia-to-cityscapes-projected", scores: ["not the published method"], width: 256),
            star(row + "edaps-star", ["41.0 +- 0.4", "58.0 +- 0.2", "34.1 +- 1.0"]), distanced,
            Setting(
                name: row + "instance-mixing", scores: ["42.3 +- 0.6", "57.7 +- 0.3", "39.5 +- 2.3"], width: 256,
                hasPixelText: false),
            Setting(
                name: row + "pixel-text", scores: ["42.9 +- 0.6", "59.6 +- 0.6", "34.4 +- 0.6"], threshold: nil),
            Setting(
                name: row + "threshold-0", scores: ["40.0 +- 0.4", "59.2 +- 0.8", "28.7 +- 1.3"], threshold: .fixed(0)),
            Setting(
                name: row + "threshold-0.25", scores: ["42.5 +- 0.3", "59.3 +- 0.7", "36.8 +- 1.3"],
                threshold: .fixed(0.25)),
            Setting(
                name: row + "threshold-0.5", scores: ["44.0 +- 0.3", "59.2 +- 0.7", "40.8 +- 1.2"],
                threshold: .fixed(0.5)),
            Setting(name: row + "threshold-0.75", scores: ["44.8 +- 0.2", "59.6 +- 0.6", "42.6 +- 0.7"]),
            Setting(
                name: row + "threshold-1", scores: ["42.9 +- 0.6", "59.6 +- 0.6", "34.4 +- 0.6"], threshold: .fixed(1)),
            Setting(name: row + "threshold-automatic", scores: ["No published"], threshold: .automatic(.init())),
            Setting(
                name: row + "feature-distance", scores: ["43.7 +- 0.9", "58.6 +- 0.8", "40.3 +- 0.9"],
                featureDistance: 0.005),
            Setting(
                name: row + "source-to-target", scores: ["29.3 +- 0.5", "56.2 +- 0.7", "1.9 +- 1.9"],
                threshold: .fixed(0.05)),
            Setting(
                name: row + "inverted-class-mix", scores: ["42.1 +- 0.6", "58.6 +- 0.8", "34.8 +- 0.9"], threshold: nil),
            Setting(name: row + "single-schedule", scores: ["No published"], phaseEnds: []),
            Setting(name: row + "with-masking", scores: ["No published"]),
            Setting(name: row + "with-class-texts", scores: ["No published"]),
        ]
    }()

    @Test(arguments: settings) func aSettingHasThePublishedNumbers(setting: Setting) throws {
        let run = try ConfigurationFile.load(RepositoryFile.path("configs/\(setting.name).yaml")) { _ in "/data" }
        let method = try #require(run.method.method as? SelfTraining)
        let head = try #require(run.model.decoder?.config as? DAFormerHead.Config)
        #expect(run.model.encoder.name == "mit-b5" && run.model.objects?.name == "mask-rcnn")
        #expect(head.width == setting.width && (head.embedding ?? head.width) == 256)
        #expect(run.training.steps == setting.steps && run.schedule.phaseEnds == setting.phaseEnds)
        #expect(Double(method.featureDistance.weight) == Double(Float(setting.featureDistance)))
        #expect((method.pixelText != nil) == setting.hasPixelText)
        #expect(method.instanceMixing?.threshold == setting.threshold)
        #expect(method.instanceMixing.map { $0.from == 40000 } ?? true)
        #expect(run.optimizer.encoderLearningRate == 6e-5 && run.optimizer.headLearningRate == 6e-4)
        #expect(run.data.crop == ImageSizeConfiguration(height: 512, width: 512))
        // A name that ends in -margins has those of the code.
        let isWithoutMargins = setting.name.contains("-to-mapillary") && !setting.name.hasSuffix("-margins")
        let margins: IgnoredMargins = isWithoutMargins ? .none : .crop(CropMargins(top: 15, bottom: 120))
        #expect(method.margins == margins)
        #expect(run.data.rareClassSampling?.minPixels == 3000 && run.evaluation.classes.count == 16)
        #expect(run.evaluation.measures.first?.rawValue == "panoptic")
        if setting.hasPixelText {
            let isProjected = setting.width != 768
            #expect(run.model.textProjection == (isProjected ? 768 : nil) && method.pixelText?.loss.weight == 1)
        }
    }

    @Test(arguments: settings) func coloursOfCityscapesAreDistortedTowardsMapillaryAlone(setting: Setting) throws {
        let run = try ConfigurationFile.load(RepositoryFile.path("configs/\(setting.name).yaml")) { _ in "/data" }
        let isDistorted = setting.name.contains("cityscapes-to-mapillary")
        #expect(run.data.source.augmentation?.colorJitter == (isDistorted ? .ssd : nil))
        #expect(run.data.target?.augmentation == nil)
    }

    @Test(arguments: settings) func aSettingSaysWhatIsPublished(setting: Setting) throws {
        let text = try RepositoryFile.text("configs/\(setting.name).yaml")
        let comment = text.split(separator: "\n").prefix { $0.hasPrefix("#") }
            .map { $0.drop { "# ".contains($0) } }.joined(separator: " ")
        for score in setting.scores { #expect(comment.contains(score), "\(score)") }
    }

    /// A setting that is not above has numbers that nobody checks.
    @Test func everySettingIsChecked() throws {
        let files = try ["edaps", "lidaps", "lidaps/ablations"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: RepositoryFile.path("configs/\(folder)"))
                .filter { $0.hasSuffix(".yaml") }.map { "\(folder)/\($0.dropLast(".yaml".count))" }
        }
        #expect(files.sorted() == Self.settings.map(\.name).sorted())
    }

    /// Rows of the small table differ in what they are named for: every one has the network and the steps of the
    /// others.
    @Test func rowsOfToytownCompare() throws {
        let folder = RepositoryFile.path("configs/ablation/panoptic-render-to-camera")
        let runs = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
            .map { try ConfigurationFile.load("\(folder)/\($0)") }
        let first = try #require(runs.first)
        for run in runs {
            #expect(
                run.training == first.training && run.data == first.data && run.model.objects == first.model.objects)
            #expect(run.evaluation.measures == first.evaluation.measures, "\(run.name)")
        }
        #expect(runs.count >= 16)
    }

    /// The trial is LIDAPS' row, in whose steps it has both phases in the same proportion.
    @Test func theTrialIsTheWholeMethod() throws {
        let folder = RepositoryFile.path("configs/toytown")
        let whole = try ConfigurationFile.load("\(folder)/panoptic-lidaps.yaml")
        var trial = try ConfigurationFile.load("\(folder)/panoptic-trial.yaml")
        func shares(_ run: RunConfiguration) throws -> [Double] {
            let method = try #require(run.method.method as? SelfTraining)
            let steps = run.schedule.phaseEnds + [try #require(method.instanceMixing?.from)]
            return steps.map { Double($0) / Double(run.training.steps) }
        }
        #expect(try shares(trial) == shares(whole))
        #expect(trial.training.steps <= 50)
        (trial.name, trial.training.steps, trial.schedule) = (whole.name, whole.training.steps, whole.schedule)
        trial.evaluation.every = whole.evaluation.every
        var method = try #require(trial.method.method as? SelfTraining)
        method.instanceMixing?.from = try #require(whole.method.method as? SelfTraining).instanceMixing?.from ?? 0
        trial.method = MethodConfiguration(method)
        #expect(trial.resolvedYAML() == whole.resolvedYAML())
    }

    @Test func keysOfTheMethodAreDocumented() throws {
        var method = SelfTraining()
        method.pixelText = PixelTextConfiguration()
        var mixing = InstanceMixingConfiguration()
        mixing.threshold = .automatic(.init())
        method.instanceMixing = mixing
        var run = RunConfiguration()
        run.method = MethodConfiguration(method)
        let page = try RepositoryFile.text("docs/configuration.md")
        let keys = run.resolvedYAML().split(separator: "\n").compactMap { $0.split(separator: ":").first }
        for key in keys.map({ $0.drop { $0 == " " } }) where !key.hasPrefix("- ") {
            #expect(page.contains("\(key)`") || page.contains("`\(key)") || page.contains("\(key):"), "\(key)")
        }
    }
}
