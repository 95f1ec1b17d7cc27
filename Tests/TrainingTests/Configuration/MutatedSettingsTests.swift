import Configuration
import Foundation
import Mixing
import NN
import Randomness
import SegmentationModels
import Testing
import Training
import _TestSupport

/// Whatever stands in place of a value is taken or refused by name: a trap would end these tests.
@Suite struct MutatedSettingsTests {
    /// Parts that no published setting switches on, or not all at once.
    private static let parts: [(file: String, changes: [String])] = [
        (
            "toytown/panoptic-lidaps.yaml",
            [
                "method.instanceMixing.bidirectional={pool: {classes: [car], groups: [{classes: [car]}]}}",
                "method.invertedClassMix={from: 3}", "method.instanceMixing.threshold=automatic",
                "method.margins=image", "evaluation.inference=sliding", "optimizer.clipNorm=1",
                "model.layerNormEps=1e-5",
            ]
        ),
        (
            "toytown/panoptic-lidaps.yaml",
            [
                "method.mixing={kind: instance-mix}", "method.maskedConsistency={}",
                "method.textAlignment={embeddings: t}",
                "model.textProjection=64", "model.decoder={kind: segformer}", "data.rareClassSampling={}",
                "data.source.augmentation={shortestEdges: [256], longestEdge: 512, colorJitter: ssd}",
                "data.source.resize=null", "method.instanceMixing.threshold=0.5",
            ]
        ),
        (
            "toytown/hrda.yaml",
            ["data.source.also=[{kind: toytown, domain: camera, root: b, weight: 2}]", "data.source.weight=1"]
        ),
        (
            "toytown/instance-adapted.yaml",
            [
                "method.egoRegion={}", "method.directionWeights={}", "method.maskedConsistency={}", "data.group=[car]",
                "training.batch={kind: per-student, images: 6}", "method.mixing.pool.classes=[car]",
            ]
        ),
        (
            "toytown/source-only-jitter.yaml",
            ["distribution.teachers=0", "engine.threads=2", "evaluation.classes=[car, 1]"]
        ),
        (
            "toytown/adapted.yaml",
            [
                "evaluation.labelSpace=camvid11", "data.source={kind: gta, root: a, heldOut: 3}",
                "data.target={kind: foggy-cityscapes, root: b, beta: 0.01}",
            ]
        ),
    ]

    /// Settings as trees with every key written out, of which each brings keys that those before it have not.
    private static let trees: [(name: String, tree: ConfigurationNode, places: [SettingPlace])] = {
        let folder = RepositoryFile.path("configs")
        let files = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted().filter
        { file in
            file.hasSuffix(".yaml") && !["labels/", "text/", "base/", "pipelines/"].contains { file.hasPrefix($0) }
        }
        var seen: Set<String> = []
        var trees: [(name: String, tree: ConfigurationNode, places: [SettingPlace])] = []
        for (file, changes) in files.map({ ($0, [String]()) }) + parts {
            do {
                let run = try ConfigurationFile.load("\(folder)/\(file)", overrides: changes) { _ in "/nowhere" }
                let tree = try ConfigurationNode.parse(yaml: run.resolvedYAML(), fileName: "mutated.yaml")
                let places = SettingPlace.all(of: tree).filter { seen.insert($0.shape).inserted }
                if !places.isEmpty { trees.append((file, tree, places)) }
            } catch {
                Issue.record("\(file): \(error)")
            }
        }
        return trees
    }()

    @Test func thePublishedSettingsHaveSomeHundredKeys() {
        #expect(Self.trees.reduce(0) { $0 + $1.places.count } > 250)
        // Of all three systems, and what they share.
        let shapes = Set(Self.trees.flatMap { $0.places.map(\.shape) })
        for shape in [
            "method.emaDecay", "method.mixing.pool.capacity", "method.instanceMixing.threshold.lowest",
            "model.objects.queries", "model.objects.anchors.ratios.[]", "model.multiResolution.detail.height",
            "method.egoRegion.corners.[]", "data.source.also.[].weight", "labelSpace.classes.[].ids.[]",
            "evaluation.inference.stride.width", "method.maskedConsistency.augmentation.jitterStrength",
        ] { #expect(shapes.contains(shape), "\(shape)") }
    }

    @Test(arguments: 0..<4) func anyValueIsTakenOrRefusedByName(part: Int) throws {
        var (tried, accepted) = (0, 0)
        for (name, tree, places) in Self.trees {
            for (number, place) in places.enumerated() where number % 4 == part {
                for value in SettingMutation.values {
                    tried += 1
                    if check(place.replacing(value, in: tree), [place], "\(name): \(place.keyPath)=\(value)") {
                        accepted += 1
                    }
                }
            }
        }
        #expect(tried > 3000 && accepted > 100 && accepted < tried / 2, "\(accepted) of \(tried)")
    }

    /// Combinations: a key's value may be right alone and reach what only others let it reach.
    @Test(arguments: [1, 2, 3] as [UInt64]) func severalValuesAtOnceAreTakenOrRefusedByName(seed: UInt64) throws {
        var random = RandomStream(seed: seed, "mutated settings")
        func any<Value>(_ values: [Value]) -> Value { values[random.integer(below: values.count)] }
        let all = Self.trees.map { ($0.name, $0.tree, SettingPlace.all(of: $0.tree)) }
        for _ in 0..<700 {
            var (name, tree, places) = any(all)
            var changed: [SettingPlace] = []
            for _ in 0..<2 + random.integer(below: 4) {
                let place = any(places)
                tree = place.replacing(any(SettingMutation.values), in: tree)
                changed.append(place)
                places.removeAll { $0.keyPath == place.keyPath }
            }
            name += ": " + changed.map(\.keyPath).joined(separator: ", ")
            _ = check(tree, changed, name)
        }
    }

    /// Whether a tree is taken. Then all that follows from it without images and weights must hold as well; else the
    /// error must name a key at fault and a place.
    private func check(_ tree: ConfigurationNode, _ places: [SettingPlace], _ name: String) -> Bool {
        let run: RunConfiguration
        do {
            run = try ConfigurationFile.decode(tree) { _ in "/nowhere" }
        } catch {
            let faults = [error] + error.others
            for fault in faults where !fault.message.hasPrefix("…") {
                #expect(!fault.keyPath.isEmpty && fault.origin != nil && !fault.message.isEmpty, "\(name): \(fault)")
            }
            if faults.allSatisfy({ $0.code != .impossibleCombination }) {
                let keys = places.map { $0.keyPath }
                let isNamed = faults.contains { fault in keys.contains { concern(fault.keyPath, $0) } }
                #expect(isNamed, "\(name): \(error)")
            }
            return false
        }
        // Which takes longer than all else; some are enough.
        use(run, name, readsBack: name.utf8.count % 8 == 0)
        return true
    }

    private func concern(_ fault: String, _ key: String) -> Bool {
        // Classes of a space are held against each other.
        let key = key.range(of: "labelSpace").map { String(key[..<$0.upperBound]) } ?? key
        let (short, long) = fault.count < key.count ? (fault, key) : (key, fault)
        return long.hasPrefix(short)
    }

    private func expectItReadsBack(_ run: RunConfiguration, _ name: String) {
        do {
            let again = try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "again.yaml") { _ in "/nowhere"
            }
            #expect(again == run, "\(name)")
        } catch {
            Issue.record("\(name): cannot be read back: \(error)")
        }
    }

    private func use(_ run: RunConfiguration, _ name: String, readsBack: Bool) {
        if readsBack { expectItReadsBack(run, name) }
        for size in [1, 2, 3, 4, 1000] { _ = try? run.validate(worldSize: size) }
        let schedule = Schedule(run.schedule, totalSteps: run.training.steps)
        for step in [0, 1, run.training.steps / 2, run.training.steps - 1, run.training.steps] {
            #expect(schedule.factor(at: step).isFinite, "\(name)")
        }
        for number in [
            Float(run.optimizer.encoderLearningRate), Float(run.optimizer.headLearningRate),
            Float(run.optimizer.weightDecay),
            Float(run.optimizer.clipNorm ?? 1), run.optimizer.adam.eps, Float(run.model.layerNormEps ?? 1),
        ] { #expect(number.isFinite && number >= 0, "\(name)") }
        _ = run.method.method.notices(in: run)
        if let resolutions = run.model.multiResolution {
            var random = RandomStream(seed: run.seed, "windows")
            let window = resolutions.drawWindow(
                cropHeight: run.data.crop.height, cropWidth: run.data.crop.width, using: &random)
            #expect(window.top + window.height <= run.data.crop.height, "\(name)")
        }
        let counts = [Int](repeating: 1, count: run.model.classes)
        let facts = run.mixingFacts(objectCounts: counts)
        if let method = run.method.method as? SelfTraining {
            _ = try? method.mixing.config.makeStrategy(facts, keyPath: "method.mixing")
        }
        if let method = run.method.method as? InstanceSelfTraining {
            _ = try? method.mixing.makeStrategy(facts, keyPath: "method.mixing")
        }
    }
}
