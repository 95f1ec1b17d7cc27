import Configuration
import DataLoading
import DataParallel
import Datasets
import Evaluation
import Foundation
import NN
import SegmentationModels
import Testing
import Training
import _TestSupport

/// A valid run of the published setting.
private func validRun() -> RunConfiguration {
    var run = RunConfiguration()
    run.data.source.root = "a"
    run.data.target = DatasetConfiguration()
    run.data.target?.root = "b"
    return run
}

/// Key path and message of the error that validation throws.
private func failure(_ change: (inout RunConfiguration) -> Void) -> String {
    var run = validRun()
    change(&run)
    do {
        try run.validate()
        return "no error"
    } catch {
        return error.description
    }
}

@Suite struct ConfigurationValidationTests {
    @Test func thePublishedSettingIsValid() { #expect(failure { _ in } == "no error") }

    @Test func aCropLargerThanTheResizedImageIsRefused() {
        let text = failure { $0.data.target?.resize = ResizeConfiguration(height: 256, width: 1024) }
        #expect(text.hasPrefix("data.crop: a crop of 512x512 (height x width) is larger than the resized images"))
    }

    @Test func keysOfOtherKindsOfDataAreRefused() {
        #expect(
            failure { $0.data.source.beta = .light }
                == "data.source.beta: only Foggy Cityscapes has fog to choose; remove the key or use kind: foggy-cityscapes"
        )
        #expect(
            failure { $0.data.source.panoptic = "a.json" }.hasPrefix("data.source.panoptic: "))
        #expect(
            failure {
                $0.data.source.kind = .foggyCityscapes
                $0.data.source.beta = .light
            } == "no error")
    }

    @Test func aWindowThatIsNoMultipleOfTheStrideIsRefused() {
        let text = failure {
            var sliding = SlidingWindowConfiguration()
            sliding.stride.width = 200
            $0.evaluation.inference = .sliding(sliding)
        }
        #expect(text.hasPrefix("evaluation.inference.window: a window of 512x512 (height x width) is not a multiple"))
    }

    @Test func featureCellsMustDivideTheCrop() {
        func text(_ side: Int, _ resolutions: MultiResolutionConfig? = nil, weights: String? = "w") -> String {
            failure {
                $0.data.crop = ImageSizeConfiguration(height: 512, width: side)
                ($0.model.weights, $0.model.multiResolution) = (weights, resolutions)
            }
        }
        let expected = "data.crop: a crop of 512x560 (height x width) does not divide into feature cells of 32"
        #expect(text(560).hasPrefix(expected))
        #expect(text(560, weights: nil) == "no error")
        #expect(text(544) == "no error")
        #expect(text(544, MultiResolutionConfig()).contains("feature cells of 64"))
        #expect(text(576, MultiResolutionConfig()) == "no error")
    }

    @Test func selfTrainingNeedsATarget() {
        #expect(failure { $0.data.target = nil }.hasPrefix("data.target: the method 'dacs' needs"))
    }

    @Test func marginsMustLeaveRows() {
        #expect(failure { $0.data.crop.height = 135 }.hasPrefix("method.margins.bottom: margins of 15 + 120 rows"))
    }

    /// Text is compared with pixels by one part of one method; a projection that nothing trains would only decay.
    @Test func aProjectionNeedsTextsToBeComparedWith() {
        let message = "model.textProjection: the projection is trained by method.pixelText alone"
        #expect(failure { $0.model.textProjection = 768 }.hasPrefix(message))
        #expect(
            failure { ($0.method, $0.model.textProjection) = (MethodConfiguration(SourceOnly()), 768) }.hasPrefix(
                message))
        let text = failure { run in
            var method = SelfTraining()
            method.pixelText = PixelTextConfiguration()
            (run.method, run.model.textProjection) = (MethodConfiguration(method), 768)
        }
        #expect(text == "no error")
    }

    @Test func onlyACDCAndDarkZurichHaveConditions() {
        #expect(
            failure { $0.data.target?.conditions = [.fog] }
                == "data.target.conditions: cityscapes does not sort by conditions; remove the key")
        let text = failure {
            $0.data.target?.kind = .darkZurich
            $0.data.target?.conditions = [.night, .fog]
        }
        #expect(text == "data.target.conditions: dark-zurich has no condition fog; use some of night, day, twilight")
    }

    @Test func aWarmUpLongerThanTheRunIsRefused() {
        #expect(failure { $0.training.steps = 100 }.hasPrefix("schedule.warmupSteps: a warm-up of 1500 steps"))
    }

    @Test func phasesEndWithinTheRunOneAfterAnother() {
        func text(_ ends: [Int]) -> String { failure { $0.schedule.phaseEnds = ends } }
        #expect(text([20_000, 30_000]) == "no error")
        for end in [0, -1, 40_000, 50_000] {
            #expect(
                text([end])
                    == "schedule.phaseEnds: a phase that ends at step \(end) leaves no two phases of a run of 40000 "
                    + "steps; give steps from 1 to 39999, without the run's own end, or raise training.steps")
        }
        for second in [10_000, 9_999] {
            #expect(
                text([10_000, second]) == "schedule.phaseEnds: \(second) comes after 10000; give the ends of phases in "
                    + "ascending order, each once")
        }
    }

    private func instanceFailure(
        finding objects: ObjectDecoderChoice? = .maskRCNN, _ threshold: InstanceThreshold = .fixed(0.75)
    ) -> String {
        failure {
            var mixing = InstanceMixingConfiguration()
            mixing.threshold = threshold
            var method = SelfTraining()
            method.instanceMixing = mixing
            $0.method = MethodConfiguration(method)
            $0.model.objects = objects
        }
    }

    @Test func instanceMixingNeedsANetworkThatFindsObjects() {
        #expect(instanceFailure() == "no error")
        #expect(
            instanceFailure(finding: nil)
                == "method.instanceMixing: a network without a decoder of objects has nothing to "
                + "learn from them; give model.objects, or remove the key")
    }

    @Test(arguments: [-0.01, 1.01, 75]) func aScoreIsFromZeroToOne(score: Double) {
        #expect(
            instanceFailure(.fixed(score)) == "method.instanceMixing.threshold: a score is from 0 to 1, got \(score)")
    }

    @Test func onlyToytownHasADomain() {
        #expect(failure { $0.data.source.domain = .camera }.hasPrefix("data.source.domain: only Toytown has domains"))
        #expect(failure { $0.data.source.kind = .toytown }.hasPrefix("data.source.domain: Toytown has several domains"))
    }

    @Test func trainIDsMustExist() {
        #expect(failure { $0.evaluation.classes = [19] }.hasPrefix("evaluation.classes: there is no train id 19"))
    }

    private func resolutionsFailure(
        crop: (height: Int, width: Int) = (1024, 1024),
        _ change: (inout MultiResolutionConfig) -> Void = { _ in }
    ) -> String {
        failure {
            var resolutions = MultiResolutionConfig()
            change(&resolutions)
            $0.method = MethodConfiguration(SourceOnly())
            $0.data.crop = ImageSizeConfiguration(height: crop.height, width: crop.width)
            $0.model.multiResolution = resolutions
        }
    }

    @Test func thePublishedResolutionsAreValid() { #expect(resolutionsFailure() == "no error") }

    @Test func cellsOfBothResolutionsMustMeet() {
        for (text, expected) in [
            (resolutionsFailure { $0.contextScale = 0.3 }, "contextScale: 1 / 0.3 is not a whole number"),
            (resolutionsFailure { $0.detail.width = 500 }, "detail: a window of 512x500 (height x width) is not a"),
            (
                resolutionsFailure(crop: (1056, 1056)) { ($0.contextScale, $0.coordinateStep) = (1 / 3, 12) },
                "detail: a window of 512x512 (height x width) is not a multiple of 96"
            ),
            (resolutionsFailure { $0.coordinateStep = 4 }, "coordinateStep: 4 is not a multiple of 8"),
            (
                resolutionsFailure(crop: (256, 1024)),
                "detail: a window of 512x512 (height x width) is larger than data.crop, 256x1024"
            ),
            (
                resolutionsFailure(crop: (1024, 1028)),
                "contextScale: data.crop, 1024x1028 (height x width), is not a multiple of 8"
            ),
            (
                resolutionsFailure(crop: (56, 64)) { $0.detail = ImageSizeConfiguration(height: 32, width: 32) },
                "contextScale: the context of a crop of 56x64 (height x width) has a side of 28 pixels"
            ),
        ] {
            #expect(text.hasPrefix("model.multiResolution." + expected), "\(text)")
        }
    }

    @Test func teachersMustLeaveAStudent() throws {
        var run = validRun()
        run.distribution.teachers = .fixed(2)
        #expect { try run.validate(worldSize: 3) } throws: { error in
            "\(error)".hasPrefix(
                "distribution.teachers: 2 teachers do not fit 3 ranks, as each needs at least one student")
        }
        #expect(try run.roles(worldSize: 4).studentCount == 2)
    }

    @Test func aGlobalBatchMustBeShared() {
        var run = validRun()
        run.distribution.teachers = .fixed(0)
        #expect { try run.validate(worldSize: 3) } throws: { error in
            "\(error)".hasPrefix("training.batch.images: a global batch of 2 cannot be shared evenly by 3 students")
        }
    }

    @Test func threeRanksOfSelfTrainingAreTwoStudentsAndATeacher() throws {
        #expect(try validRun().roles(worldSize: 3).teacherCount == 1)
        #expect(try validRun().roles(worldSize: 1).teacherCount == 0)
        var run = validRun()
        run.method = MethodConfiguration(SourceOnly())
        #expect(try run.roles(worldSize: 3).teacherCount == 0)
    }

    @Test func variablesOfDataFoldersAreReplaced() throws {
        var dataset = DatasetConfiguration()
        dataset.root = "${A}/x/${B}"
        let variables = ["A": "/data", "B": "y"]
        #expect(try dataset.expandedRoot(keyPath: "k") { variables[$0] } == "/data/x/y")
        #expect { try dataset.expandedRoot(keyPath: "data.source.root") { _ in nil } } throws: { error in
            "\(error)".hasPrefix("data.source.root: the environment variable A is not set; run `export A=<folder>`")
        }
        dataset.root = "$A/x"
        #expect(throws: ConfigurationError.self) { try dataset.expandedRoot(keyPath: "k") { variables[$0] } }
    }
}

@Suite struct PublishedSettingsTests {
    private static let root = #filePath.replacing(
        "Tests/TrainingTests/Configuration/ConfigurationValidationTests.swift", with: "")
    private static let folder = root + "configs/"

    @Test func everyKeyIsDocumented() throws {
        var run = RunConfiguration()
        run.data.rareClassSampling = RareClassSampler.Config()
        run.evaluation.inference = .sliding(SlidingWindowConfiguration())
        run.model.multiResolution = MultiResolutionConfig()
        let page = try RepositoryFile.text("docs/configuration.md")
        let keys = run.resolvedYAML().split(separator: "\n").compactMap { $0.split(separator: ":").first }
        for key in keys.map({ $0.drop { $0 == " " } }) where !key.hasPrefix("- ") {
            #expect(page.contains("\(key)`") || page.contains("`\(key)") || page.contains("\(key):"), "\(key)")
        }
    }

    /// Every file of `configs`, without its ending, but for those that settings extend, those about words and classes,
    /// and pipelines.
    private static let settings: [String] = {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let parts = ["base/", "text/", "labels/", "pipelines/"]
        return names.filter { name in name.hasSuffix(".yaml") && !parts.contains { name.hasPrefix($0) } }
            .map { String($0.dropLast(".yaml".count)) }.sorted()
    }()

    /// Settings of the ablation.
    private static let rows = settings.filter { $0.hasPrefix("ablation/") }

    /// Rows of the ablation have the benchmark in their table's heading, all others their folder in their name.
    private static func title(_ setting: String) -> String {
        let isRow = setting.hasPrefix("ablation/")
        return isRow ? setting.split(separator: "/").last.map(String.init) ?? "" : setting.replacing("/", with: "-")
    }

    /// As many as a name such as 2-students-1-teacher counts, else one.
    private static func ranks(of setting: String) -> Int {
        let counts = setting.matches(of: /(\d)-(student|teacher)/).compactMap { Int($0.1) }
        return max(1, counts.reduce(0, +))
    }

    @Test(arguments: settings) func everySettingDecodesAndValidates(setting: String) throws {
        let run = try ConfigurationFile.load(Self.folder + setting + ".yaml") { _ in "/data" }
        #expect(run.name == Self.title(setting))
        try run.validate(worldSize: Self.ranks(of: setting))
        guard Self.rows.contains(setting) else { return }
        // Of another label space than the start: its head begins from nothing.
        let isOfOtherClasses = setting.hasPrefix("ablation/camvid-")
        #expect(run.training.steps == (isOfOtherClasses ? 1200 : run.findsObjects ? 400 : 500))
        #expect(run.model.loads == (isOfOtherClasses ? .encoder : .network))
    }

    @Test func thePublishedSettingsAreThere() {
        let methods = Dictionary(grouping: Self.settings) { $0.split(separator: "/")[0] }.mapValues(\.count)
        for method in ["daformer", "hrda", "mic", "copt", "edaps", "lidaps", "uda4inst"] {
            #expect(methods[method[...], default: 0] >= 4, "\(method)")
        }
    }

    /// Weights and tables that settings name are of the project, wherever a setting is read.
    @Test(arguments: settings) func filesThatASettingNamesAreThere(setting: String) throws {
        let run = try ConfigurationFile.load(Self.folder + setting + ".yaml") { _ in "/data" }
        let lines = run.resolvedYAML().split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
        for line in lines where line.hasPrefix("weights: \"") || line.hasPrefix("embeddings: \"") {
            let path = line.split(separator: "\"")[1]
            guard !path.contains("${") else { continue }  // CLIP's tables are everyone's own
            #expect(path.hasPrefix(Self.folder) && FileManager.default.fileExists(atPath: String(path)), "\(line)")
        }
        let findsObjectsAlone = run.model.decoder == nil
        let startsTrained = ["toytown/", "ablation/", "camvid/"].contains { setting.hasPrefix($0) }
        let isStart = setting == "toytown/pretraining"
        let starts = ["mit-b0", "mit-b0-step-2000", "mask2former-mit-b0", "edaps-mit-b0"].map {
            Self.folder + "toytown/weights/painted-\($0).safetensors"
        }
        // The demo starts earlier than the tables; what finds objects with what has found painted ones.
        let isDemo = setting.hasPrefix("toytown/") && !setting.contains("panoptic") && !findsObjectsAlone
        let startsWithObjects =
            run.findsObjects && run.model.loads == .network && setting != "toytown/panoptic-pretraining"
        let place = isDemo ? 1 : startsWithObjects ? (findsObjectsAlone ? 2 : 3) : 0
        let start = startsTrained && !isStart ? starts[place] : nil
        let isTrained = run.model.weights.map { starts.contains($0) } ?? false
        #expect(isTrained ? run.model.weights == start : start == nil)
    }

    /// A row that is in no list is never trained.
    @Test func theEvidenceTrainsEveryRow() throws {
        let script = try RepositoryFile.text("launch/evidence")
        for row in Self.rows {
            let parts = row.split(separator: "/").map(String.init)
            let lines = script.split(separator: "\n").filter { $0.hasPrefix("    \(parts[1])/") }
            let name = parts[2].hasPrefix("mic-copt-") ? String(parts[2].dropFirst("mic-copt-".count)) : parts[2]
            #expect(lines.contains { $0.split { "{,}/".contains($0) }.contains(name[...]) }, "\(row)")
        }
    }

    /// Tables that the document has no place for would stop the script when its first run is whole.
    @Test func theDocumentHasAPlaceForEveryTable() throws {
        let script = try RepositoryFile.text("launch/evidence")
        let document = try RepositoryFile.text("docs/results.md")
        let list = try #require(script.firstMatch(of: /\nTABLES=\(([^)]*)\)/)).1
        let tables = list.split { $0.isWhitespace }
        let places = document.split(separator: "\n").filter { $0.hasPrefix("<!-- summary") }
        let expected: [String] = tables.map { "<!-- summary: \($0) -->" }
        #expect(places.map(String.init).sorted() == expected.sorted())
    }

    @Test func theDemoFitsTwoStudentsAndATeacher() throws {
        let run = try ConfigurationFile.load(Self.folder + "toytown/adapted.yaml")
        try run.validate(worldSize: 3)
        #expect(run.data.crop == ImageSizeConfiguration(height: 128, width: 128))
        #expect(run.method.kind == "dacs")
    }
}
