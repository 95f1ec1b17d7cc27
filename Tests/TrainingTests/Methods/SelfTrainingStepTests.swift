import Annotations
import Collectives
import DataLoading
import DataParallel
import DomainAdaptation
import ImageIO
import Mixing
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import Training

/// Two images of 32 pixels with the labels of a teacher that says what it is told to: each term alone, by hand.
@Suite struct SelfTrainingStepTests {
    /// Says class 1 everywhere, and is sure of some pixels.
    private final class Prompted: PseudoLabelProvider {
        let confident: [Int]
        var calls: [String] = []

        init(confident: [Int]) { self.confident = confident }

        var parts: [any CheckpointPart] { [] }
        func begin(_ step: Int) { calls.append("begin \(step)") }
        func messages(_ step: Int, _ images: Tensor) -> [PseudoLabels] {
            calls.append("messages \(step) of \(images.shape)")
            let layout = PseudoLabels.Layout(imageCount: images.shape[0], height: 32, width: 32)
            return [
                PseudoLabels(
                    step: step, layout: layout, labels: [UInt8](repeating: 1, count: layout.pixelCount),
                    confidentCounts: confident)
            ]
        }
    }

    private struct Outcome {
        let terms: [String: Double]
        let reports: [String: Double]
        let gradients: [Float]
    }

    private static let pixels = 2.0 * 32 * 32
    private let batch = TinyTraining.batch(5, slots: 0..<2)

    /// No draws but those of ClassMix: colours stay as they are.
    private func parameters(_ change: (inout SelfTraining) -> Void = { _ in }) -> SelfTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.mixing = .none
        parameters.augmentation.jitterThreshold = 1
        parameters.augmentation.blur = false
        change(&parameters)
        return parameters
    }

    private func run(
        _ parameters: SelfTraining, confident: [Int] = [100, 156], step: Int = 5, teacher: Prompted? = nil,
        distance: FeatureDistance? = nil
    ) throws -> Outcome {
        let student = try TinyTraining(MethodConfiguration(parameters)).assembly()
        let work = try SelfTrainingStep(
            student, parameters, teacher: teacher ?? Prompted(confident: confident), featureDistance: distance,
            textAlignment: nil, pixelText: nil)
        student.replica.begin()
        var losses = try work.run(step, batch)
        try losses.sum(over: SingleProcessGroup())
        return Outcome(
            terms: losses.named(),
            reports: Dictionary(uniqueKeysWithValues: losses.reports.map { ($0.name, $0.value) }),
            gradients: student.replica.parameters.gradients.values())
    }

    private func logits(_ samples: [Sample], pass: String) throws -> SegmentationNetwork.Output {
        let training = TinyTraining(MethodConfiguration(parameters()))
        let student = try training.assembly()
        let images = student.seat.batches.images(of: samples)
        return withoutGradients { student.replica.network(images, in: student.pass.context(5, pass)) }
    }

    @Test func beforeTheTeacherAStepIsThatOfSourceOnly() throws {
        let teacher = Prompted(confident: [])
        let outcome = try run(parameters { $0.sourceOnlySteps = 6 }, teacher: teacher)
        #expect(teacher.calls.isEmpty && outcome.terms.keys.sorted() == ["source"] && outcome.reports.isEmpty)
        let student = try TinyTraining(MethodConfiguration(SourceOnly())).assembly()
        student.replica.begin()
        _ = try SourceOnly().makeStep(student).run(5, batch)
        #expect(outcome.gradients == student.replica.parameters.gradients.values())
    }

    @Test func theTeacherIsAskedOnceAStep() throws {
        let teacher = Prompted(confident: [1, 2])
        _ = try run(parameters { $0.sourceOnlySteps = 5 }, teacher: teacher)
        #expect(teacher.calls == ["begin 5", "messages 5 of [2, 32, 32, 3]"])
    }

    /// The weight of all pseudo-labels is the confident share of the batch: 256 of 2048 pixels.
    @Test func pseudoLabelsWeighTheConfidentShare() throws {
        let outcome = try run(parameters())
        #expect(outcome.reports == ["confidentShare": 0.125])
        let source = HandLoss.sum(try logits(batch.source, pass: "source").logits, labels: batch.source.allLabels)
        let ones = [UInt8](repeating: 1, count: 2 * 32 * 32)
        let mixed = 0.125 * HandLoss.sum(try logits(batch.target, pass: "mixed").logits, labels: ones)
        #expect(outcome.terms.keys.sorted() == ["mixed", "source"])
        expectClose([outcome.terms["source"] ?? 0], [source / Self.pixels], "source")
        expectClose([outcome.terms["mixed"] ?? 0], [mixed / Self.pixels], "mixed")
    }

    /// Gradients of the passes add up: what the mixed pass adds grows with the share.
    @Test func gradientsOfBothPassesAddUp() throws {
        let (none, some, more) = (
            try run(parameters(), confident: [0, 0]), try run(parameters(), confident: [100, 156]),
            try run(parameters(), confident: [256, 256])
        )
        let first = zip(some.gradients, none.gradients).map { $0 - $1 }
        let second = zip(more.gradients, none.gradients).map { $0 - $1 }
        #expect(first.contains { abs($0) > 1e-5 })
        expectClose(second, first.map { 2 * $0 }, tolerance: 1e-3)
        let student = try TinyTraining(MethodConfiguration(SourceOnly())).assembly()
        student.replica.begin()
        _ = try SourceOnly().makeStep(student).run(5, batch)
        expectClose(none.gradients, student.replica.parameters.gradients.values(), tolerance: 1e-5)
    }

    /// Without hidden blocks the masked pass sees what the mixed one does.
    @Test func theMaskedPassHasAWeightOfItsOwn() throws {
        var masking = MaskedConsistencyConfiguration()
        masking.augmentation = nil
        masking.mask.ratio = 0
        masking.lossWeight = 0.5
        let outcome = try run(parameters { $0.maskedConsistency = masking })
        expectClose([outcome.terms["masked"] ?? 0], [0.5 * (outcome.terms["mixed"] ?? 0)], "masked")
        masking.mask.ratio = 1
        let hidden = try run(parameters { $0.maskedConsistency = masking })
        let grey = try run(parameters { $0.maskedConsistency = masking }, confident: [0, 0])
        #expect(hidden.terms["masked"] != outcome.terms["masked"])
        #expect(grey.terms["masked"] == 0)
    }

    /// Pasted pixels have the labels of the source and weigh 1.
    @Test func pastedSourceClassesCountInFull() throws {
        let outcome = try run(parameters { $0.mixing = .classMix }, confident: [0, 0])
        let plain = try run(parameters(), confident: [0, 0])
        #expect(plain.terms["mixed"] == 0)
        #expect(outcome.terms["mixed"] ?? 0 > 0.1)
    }

    /// One cell an image at stride 32: it counts where the most frequent label is not "ignored".
    @Test func theDistanceFromTheFrozenEncoderIsAMeanOverCells() throws {
        var config = FeatureDistance.Config()
        (config.weight, config.minShare) = (0.25, 0)
        let frozen = TinyTraining.network(seed: 99)
        let outcome = try run(
            parameters(), distance: FeatureDistance(config, classes: [0, 1, 2], frozen: frozen.encoder))
        let student = try TinyTraining(MethodConfiguration(parameters())).assembly()
        let images = student.seat.batches.images(of: batch.source)
        let ours = try logits(batch.source, pass: "source").features.deepest.values()
        let theirs = withoutGradients { frozen.encoder(images, in: .evaluation).deepest }.values()
        let width = ours.count / 2
        var distances: [Double] = []
        for (image, sample) in batch.source.enumerated() {
            var counts: [UInt8: Int] = [:]
            for label in sample.annotation?.classes.pixels ?? [] { counts[label, default: 0] += 1 }
            let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
            guard most != 255 else { continue }
            let range = image * width..<(image + 1) * width
            let squares = zip(ours[range], theirs[range]).map { Double(($0 - $1) * ($0 - $1)) }
            distances.append(squares.reduce(0, +).squareRoot())
        }
        let expected = 0.25 * distances.reduce(0, +) / Double(max(1, distances.count))
        #expect(!distances.isEmpty)
        expectClose([outcome.terms["features"] ?? 0], [expected], "features")
    }

    private func expectClose(_ actual: [Double], _ expected: [Double], _ name: String = "") {
        _TestSupport.expectClose(actual.map { Float($0) }, expected.map { Float($0) }, tolerance: 1e-5, name)
    }

    private func expectClose(_ actual: [Float], _ expected: [Float], tolerance: Float) {
        _TestSupport.expectClose(actual, expected, tolerance: tolerance)
    }
}

/// Whole runs of self-training with a teacher, wherever it is.
@Suite struct SelfTrainingRunTests {
    private static func training(lag: Int) -> TinyTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.pseudoThreshold = 0.35
        parameters.emaDecay = 0.9
        parameters.sourceOnlySteps = 2
        parameters.maskedConsistency = MaskedConsistencyConfiguration()
        parameters.maskedConsistency?.mask.blockSize = 8
        var training = TinyTraining(MethodConfiguration(parameters))
        training.configuration.distribution.teacherLag = lag
        return training
    }

    /// The teacher rank labels what each student would have labelled for itself.
    @Test(arguments: [0, 1]) func aTeacherRankIsAsGoodAsTeachersOfTheirOwn(lag: Int) throws {
        let training = Self.training(lag: lag)
        let local = try ThreadedGroup.run(size: 2) { try training.run(try training.work($0), 0..<8) }
        let remote = try ThreadedGroup.run(size: 3) { try training.run(try training.work($0, teachers: 1), 0..<8) }
        #expect(local[0] == local[1] && remote[0] == remote[1])
        #expect(local[0] == remote[0])
        let other = Self.training(lag: 1 - lag)
        let late = try ThreadedGroup.run(size: 2) { try other.run(try other.work($0), 0..<8) }
        #expect(late[0] != local[0])
    }

    /// A resumed run has the same teacher, with or without a rank for it.
    @Test(arguments: [0, 1]) func aTeacherRankGoesOnWhereTeachersOfStudentsStopped(lag: Int) throws {
        let (training, folder) = (Self.training(lag: lag), TemporaryFolder())
        let checkpoints = RunCheckpoints(CheckpointFolder(folder.path), training.configuration, images: [])
        let whole = try ThreadedGroup.run(size: 2) { world in
            let work = try training.work(world)
            try training.run(work, 0..<5)
            try checkpoints.save(work, step: 5, world: world)
            return try training.run(work, 5..<8)
        }
        let resumed = try ThreadedGroup.run(size: 3) { world in
            let work = try training.work(world, teachers: 1)
            let checkpoint = try Checkpoint.verified("\(folder.path)/step-000005", group: world)
            try checkpoints.restore(checkpoint, into: work, world: world)
            if case .teacher(let teacher) = work { try teacher.rank.resume(at: 5) }
            return try training.run(work, 5..<8)
        }
        #expect(resumed[0] == whole[0] && resumed[1] == whole[0])
    }
}
