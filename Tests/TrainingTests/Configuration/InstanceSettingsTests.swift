import Configuration
import DataLoading
import Datasets
import Evaluation
import Mixing
import NN
import SegmentationModels
import Testing
import Training
import _TestSupport

/// The settings of UDA4Inst against the numbers that its paper and code give.
@Suite struct InstanceSettingsTests {
    struct Benchmark: CustomTestStringConvertible, Sendable {
        let source: DatasetKind
        let target: DatasetKind
        /// mAP and mAP50 of source only and of UDA4Inst (table 1).
        let sourceOnly: [String]
        let adapted: [String]

        var name: String { "\(source.rawValue)-to-\(target.rawValue)" }
        var testDescription: String { name }
    }

    static let benchmarks = [
        Benchmark(source: .urbanSyn, target: .cityscapes, sourceOnly: ["32.0", "54.4"], adapted: ["38.6", "65.1"]),
        Benchmark(source: .synscapes, target: .cityscapes, sourceOnly: ["28.1", "50.2"], adapted: ["35.9", "59.9"]),
        Benchmark(source: .synthia, target: .cityscapes, sourceOnly: ["24.6", "48.6"], adapted: ["31.3", "56.9"]),
        Benchmark(source: .urbanSyn, target: .kitti360, sourceOnly: ["21.0", "38.8"], adapted: ["25.0", "44.6"]),
        Benchmark(source: .synscapes, target: .kitti360, sourceOnly: ["13.7", "28.5"], adapted: ["20.9", "37.9"]),
        Benchmark(source: .synthia, target: .kitti360, sourceOnly: ["13.1", "25.3"], adapted: ["18.2", "31.3"]),
    ]

    private func load(_ name: String) throws -> RunConfiguration {
        try ConfigurationFile.load(RepositoryFile.path("configs/uda4inst/\(name).yaml")) { _ in "/data" }
    }

    private func comment(_ name: String) throws -> String {
        let text = try RepositoryFile.text("configs/uda4inst/\(name).yaml")
        return text.split(separator: "\n").prefix { $0.hasPrefix("#") }
            .map { $0.drop { "# ".contains($0) } }.joined(separator: " ")
    }

    private func expectThePublishedTraining(_ run: RunConfiguration, towards target: DatasetKind) throws {
        #expect(
            run.model.encoder.name == "swin-l" && run.model.decoder == nil && run.model.objects?.name == "mask2former")
        let objects = try #require(run.model.objects?.config as? Mask2Former.Config)
        #expect(objects.queries == 200 && objects.criterion.points == 12544 && objects.classes == .things)
        #expect(run.optimizer.encoderLearningRate == 1e-5 && run.optimizer.headLearningRate == 1e-4)
        #expect(run.optimizer.weightDecay == 0.05 && run.optimizer.clipNorm == 0.01)
        #expect(run.schedule.power == 1 && run.schedule.warmupSteps == 1500 && run.schedule.warmupRatio == 0.5)
        #expect(run.training.steps == 40000 && run.training.batch == .global(images: 3))
        let towardsCityscapes = target == .cityscapes
        #expect(
            run.data.crop
                == (towardsCityscapes
                    ? ImageSizeConfiguration(height: 1024, width: 1024)
                    : ImageSizeConfiguration(height: 384, width: 672)))
        #expect(run.data.maxClassShare == 1 && run.data.flipProbability == 0.5)
        #expect(
            run.evaluation.measures.map(\.rawValue)
                == (towardsCityscapes ? ["instance"] : ["instance", "instance-with-confidence"]))
        #expect(run.evaluation.dataset?.kind == target && run.evaluation.dataset?.split == .val)
    }

    @Test(arguments: benchmarks) func everyStageHasThePublishedNumbers(benchmark: Benchmark) throws {
        for stage in ["-source-only", "", "-final"] {
            let run = try load(benchmark.name + stage)
            try expectThePublishedTraining(run, towards: benchmark.target)
            #expect(run.data.source.kind == (stage == "-final" ? .cityscapes : benchmark.source))
            #expect(run.data.target?.kind == benchmark.target)
            #expect(run.evaluation.classes.count == (benchmark.source == .synthia ? 6 : 0))
        }
        let method = try #require(try load(benchmark.name).method.method as? InstanceSelfTraining)
        let towardsCityscapes = benchmark.target == .cityscapes
        #expect(method.emaDecay == 0.999 && method.colorTransfer && (method.egoRegion != nil) == towardsCityscapes)
        #expect(method.mixing.directions == .triplet && method.mixing.rule == PastingRule())
        #expect(method.mixing.minScore == 0.9 && method.mixing.pool?.capacity == 10)
        #expect(method.mixing.mixesWithoutTargetObjects == !towardsCityscapes)
    }

    /// A crop is cut from every image at every size: all crops are of one size.
    @Test(arguments: benchmarks) func everySizeHoldsTheCrop(benchmark: Benchmark) throws {
        let run = try load(benchmark.name)
        for dataset in [run.data.source, try #require(run.data.target)] {
            let facts = try #require(dataset.kind.facts)
            let augmentation = try #require(dataset.augmentation)
            #expect(
                augmentation.longestEdge == 4096 && augmentation.colorJitter == .ssd
                    && augmentation.shortestEdges.count == 11)
            for edge in augmentation.shortestEdges {
                let size = augmentation.size(height: facts.height, width: facts.width, shortestEdge: edge)
                #expect(
                    size.height >= run.data.crop.height && size.width >= run.data.crop.width, "\(dataset.kind) \(edge)")
            }
        }
    }

    @Test(arguments: benchmarks) func settingsSayWhatIsPublished(benchmark: Benchmark) throws {
        for score in benchmark.sourceOnly {
            #expect(try comment(benchmark.name + "-source-only").contains(" \(score) mAP"), "\(score)")
        }
        for score in benchmark.adapted { #expect(try comment(benchmark.name).contains(" \(score) mAP"), "\(score)") }
    }

    @Test(arguments: [(DatasetKind.cityscapes, "43.9 mAP, 71.5 mAP50"), (.kitti360, "36.9 mAP, 59.5 mAP50")])
    func supervisedTrainingIsThere(kind: DatasetKind, scores: String) throws {
        let name = "\(kind.rawValue)-supervised"
        let run = try load(name)
        try expectThePublishedTraining(run, towards: kind)
        #expect(run.data.source.kind == kind && run.data.source.split == .train && run.data.target == nil)
        #expect(try comment(name).contains(scores))
    }

    /// Rows of tables 4 to 6, and what each changes.
    @Test func rowsOfTheAblationChangeOneThing() throws {
        func mixing(_ name: String) throws -> BidirectionalMix.Config {
            try #require(try load("ablations/\(name)").method.method as? InstanceSelfTraining).mixing
        }
        let row = "urbansyn-to-cityscapes"
        #expect(try mixing("\(row)-no-pool").pool == nil && mixing("\(row)-no-pool").directions == .triplet)
        #expect(try mixing("\(row)-source-to-target").directions == .sourceToTarget)
        #expect(try mixing("\(row)-target-to-source").directions == .targetToSource)
        for source in ["urbansyn", "synscapes", "synthia"] {
            #expect(try mixing("\(source)-to-kitti-360-instances").rule.shape == .instance)
            #expect(try mixing("\(source)-to-kitti-360-patches").rule.shape == .patch)
            let own = try load("ablations/\(source)-to-\(source)-source-only")
            #expect(own.data.source.heldOut == 500 && own.evaluation.dataset?.heldOut == 500)
            #expect(own.evaluation.dataset?.split == .val && own.data.source.split == .train)
        }
    }
}
