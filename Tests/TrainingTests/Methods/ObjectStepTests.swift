import Annotations
import Collectives
import DataLoading
import DataParallel
import Mixing
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import Training

/// Steps of methods on a network that finds objects, with a teacher that sees what it is told to.
@Suite struct ObjectStepTests {
    /// Says class 1 everywhere and is half sure; objects as given, for each image.
    private final class Prompted: PseudoLabelProvider {
        let objects: [[AnnotatedObject]]

        init(_ objects: [[AnnotatedObject]]) { self.objects = objects }

        var parts: [any CheckpointPart] { [] }
        func begin(_ step: Int) {}
        func messages(_ step: Int, _ images: Tensor) -> [PseudoLabels] {
            var layout = PseudoLabels.Layout(imageCount: images.shape[0], height: 32, width: 32)
            let maps = PseudoLabels(
                step: step, layout: layout, labels: [UInt8](repeating: 1, count: layout.pixelCount),
                confidentCounts: [512, 512])
            layout.contents = .objects
            return [maps, PseudoLabels(step: step, layout: layout, objects: objects)]
        }
    }

    private struct Outcome {
        let names: [String]
        let terms: [String: Double]
        let reports: [String: Double]
        /// By name of the parameter.
        let gradients: [String: [Float]]

        /// Whether any parameter below a child of the network has another gradient.
        func differs(from other: Outcome, below child: String) -> Bool {
            gradients.contains { name, values in name.hasPrefix(child + ".") && other.gradients[name] != values }
        }
    }

    private static func object(_ trainID: UInt8, _ row: Int, _ column: Int, _ score: Float) -> AnnotatedObject {
        AnnotatedObject(trainID: trainID, mask: ToyObjects.mask(row: row, column: column), score: score)
    }

    private static let sure = [[object(1, 0, 0, 0.9)], [object(2, 3, 1, 0.95), object(1, 0, 0, 0.2)]]

    private static func training(_ method: MethodConfiguration, findsObjects: Bool = true) -> TinyTraining {
        var training = TinyTraining(method)
        if findsObjects { training.configuration.model.objects = .maskRCNN }
        return training
    }

    private static func parameters(_ change: (inout SelfTraining) -> Void = { _ in }) -> SelfTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.augmentation.jitterThreshold = 1
        parameters.augmentation.blur = false
        change(&parameters)
        return parameters
    }

    private static func mixing(_ change: (inout InstanceMixingConfiguration) -> Void = { _ in }) -> SelfTraining {
        parameters {
            var mixing = InstanceMixingConfiguration()
            change(&mixing)
            $0.instanceMixing = mixing
        }
    }

    private func outcome(
        _ student: StudentAssembly, _ work: any TrainingStep, _ step: Int, hasObjects: Bool = true
    ) throws -> Outcome {
        student.replica.begin()
        var losses = try work.run(step, TinyTraining.batch(step, slots: 0..<2, hasObjects: hasObjects))
        try losses.sum(over: SingleProcessGroup())
        let all = student.replica.parameters
        let gradients = all.gradients.values()
        return Outcome(
            names: losses.terms.map(\.name), terms: losses.named(),
            reports: Dictionary(uniqueKeysWithValues: losses.reports.map { ($0.name, $0.value) }),
            gradients: Dictionary(uniqueKeysWithValues: all.entries.map { ($0.name, Array(gradients[$0.range])) }))
    }

    private func run(
        _ parameters: SelfTraining, step: Int = 5, seen: [[AnnotatedObject]] = sure
    ) throws -> Outcome {
        let student = try Self.training(MethodConfiguration(parameters)).assembly()
        return try outcome(
            student,
            SelfTrainingStep(
                student, parameters, teacher: Prompted(seen), featureDistance: nil, textAlignment: nil,
                pixelText: nil), step)
    }

    // MARK: Labelled objects

    @Test func sourceObjectsAreLearntByEveryMethod() throws {
        let student = try Self.training(MethodConfiguration(SourceOnly())).assembly()
        let plain = try outcome(student, try SourceOnly().makeStep(student), 5)
        #expect(plain.names == ["source", "cells"])
        let adapted = try run(Self.parameters())
        #expect(adapted.names == ["source", "cells", "mixed"])
        #expect(adapted.terms["cells"] == plain.terms["cells"] && plain.terms["cells"] ?? 0 > 0.1)
        let moved = plain.gradients.filter { $0.key.hasPrefix("toy_objects.") && $0.value.contains { $0 != 0 } }
        #expect(moved.count == 2)
        // Mixed images have no loss on objects.
        #expect(!adapted.differs(from: plain, below: "toy_objects"))
        #expect(adapted.differs(from: plain, below: "decode_head"))
    }

    /// Slot 0 has no object at step 6.
    @Test func anImageWithoutObjectsMakesTheBatchSkipTheirLosses() throws {
        let student = try Self.training(MethodConfiguration(SourceOnly())).assembly()
        let skipped = try outcome(student, try SourceOnly().makeStep(student), 6)
        #expect(skipped.names == ["source"])
        #expect(skipped.gradients.allSatisfy { !$0.key.hasPrefix("toy_objects.") || $0.value.allSatisfy { $0 == 0 } })
    }

    /// The classes of pixels are learnt as by a network that finds no objects.
    @Test func aNetworkWithoutObjectsNeedsNone() throws {
        let student = try Self.training(MethodConfiguration(SourceOnly()), findsObjects: false).assembly()
        let plain = try outcome(student, try SourceOnly().makeStep(student), 5, hasObjects: false)
        #expect(plain.names == ["source"])
        var run = student.configuration
        #expect(!SourceOnly().needsObjects(in: run) && !SelfTraining().needsObjects(in: run))
        #expect(SelfTraining().labelers(in: run) == [.classMaps])
        run.model.objects = .maskRCNN
        #expect(SourceOnly().needsObjects(in: run) && SelfTraining().needsObjects(in: run))
        #expect(Self.mixing().labelers(in: run) == [.classMaps, .objects])
    }

    // MARK: Pasted objects

    /// Encoder and decoder of objects learn from the pass, and nothing else.
    @Test func instanceMixingTeachesTheObjectDecoderAlone() throws {
        let (plain, mixed) = (try run(Self.parameters()), try run(Self.mixing()))
        #expect(mixed.names == ["source", "cells", "mixed.cells", "mixed"])
        #expect(mixed.reports == ["confidentShare": 0.5, "sureObjects": 2])
        #expect(plain.names.allSatisfy { mixed.terms[$0] == plain.terms[$0] })
        #expect(mixed.differs(from: plain, below: "toy_objects") && mixed.differs(from: plain, below: "backbone"))
        #expect(!mixed.differs(from: plain, below: "decode_head"))
    }

    @Test func itBeginsAtItsFirstStep() throws {
        let mixing = Self.mixing { $0.from = 6 }
        #expect(try run(mixing).names == ["source", "cells", "mixed"])
        #expect(try run(mixing, step: 7).names == ["source", "cells", "mixed.cells", "mixed"])
        #expect(try run(mixing).reports["sureObjects"] == nil)
    }

    /// As where a single image keeps none.
    @Test(arguments: [0.9, 0.93, 1])
    func anImageWithoutASureObjectMakesTheBatchSkipThePass(threshold: Double) throws {
        let outcome = try run(Self.mixing { $0.threshold = .fixed(threshold) })
        #expect(outcome.names == ["source", "cells", "mixed"])
        #expect(outcome.reports["sureObjects"] == (threshold == 1 ? 0 : 1))
        #expect(!outcome.differs(from: try run(Self.parameters()), below: "toy_objects"))
    }

    @Test func theThresholdDecidesWhichObjectsArePasted() throws {
        let low = try run(Self.mixing { $0.threshold = .fixed(0) })
        #expect(low.reports["sureObjects"] == 3)
        #expect(low.terms["mixed.cells"] != (try run(Self.mixing())).terms["mixed.cells"])
    }

    @Test func bothDirectionsArePossible() throws {
        let mixing = Self.mixing {
            $0.direction = .sourceToTarget
            $0.maxCoveredShare = 0.6
        }
        let outcome = try run(mixing)
        #expect(outcome.names == ["source", "cells", "mixed.cells", "mixed"])
        #expect(outcome.terms["mixed.cells"] != (try run(Self.mixing())).terms["mixed.cells"])
        #expect(try run(mixing, seen: [[], []]).names == ["source", "cells", "mixed"])
    }

    /// MIC is another pass; neither changes the other's terms.
    @Test func itWorksBesideHiddenBlocksAndInvertedClassMix() throws {
        let all = try run(Self.parameters {
            $0.instanceMixing = InstanceMixingConfiguration()
            $0.maskedConsistency = MaskedConsistencyConfiguration()
            $0.invertedClassMix = InvertedClassMixConfiguration()
        })
        #expect(all.names == ["source", "cells", "mixed.cells", "mixed", "inverted", "masked"])
        let (mixed, masked) = (
            try run(Self.mixing()), try run(Self.parameters { $0.maskedConsistency = MaskedConsistencyConfiguration() })
        )
        #expect(all.terms["mixed.cells"] == mixed.terms["mixed.cells"] && all.terms["masked"] == masked.terms["masked"])
        #expect(all.terms["inverted"] ?? 0 > 0.1)
        let late = try run(Self.parameters { $0.invertedClassMix = InvertedClassMixConfiguration(from: 6) })
        #expect(late.names == ["source", "cells", "mixed"])
    }
}
