import Collectives
import Configuration
import DataLoading
import DataParallel
import Mixing
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import Training

/// Whole runs of self-training whose objects are mixed in both directions, with a pool of rare ones and transferred
/// colours.
@Suite struct BidirectionalRunTests {
    private static let steps = 10

    private static var config: BidirectionalMix.Config {
        var config = BidirectionalMix.Config(directions: .both)
        config.rule.minArea = 16
        config.minScore = 0.3
        config.mixesWithoutTargetObjects = true
        config.pool?.groups = [.init([.name("small"), .name("large")])]
        return config
    }

    private static func training(
        images: Int, lag: Int = 0, _ change: @Sendable (inout SelfTraining) -> Void = { _ in }
    ) -> TinyTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.pseudoThreshold = 0.35
        parameters.emaDecay = 0.9
        parameters.colorTransfer = true
        parameters.mixing = MixingConfiguration("bidirectional", config)
        var mixing = InstanceMixingConfiguration()
        (mixing.threshold, mixing.from, mixing.bidirectional) = (.fixed(0.3), 2, config)
        parameters.instanceMixing = mixing
        change(&parameters)
        var training = TinyTraining(MethodConfiguration(parameters), steps: steps)
        training.configuration.model.objects = .maskRCNN
        training.configuration.distribution.teacherLag = lag
        training.imagesPerStudent = images
        return training
    }

    private func losses(
        _ training: TinyTraining, _ world: any ProcessGroup, teachers: Int
    ) throws -> [[String: Double]] {
        let work = try training.work(world, teachers: teachers)
        let all = try (0..<Self.steps).compactMap { step -> [String: Double]? in
            switch work {
            case .student(let student):
                let losses = try student.run(step).losses
                return Dictionary(uniqueKeysWithValues: losses.terms.map { ($0.name, $0.value) })
            case .teacher(let teacher):
                try teacher.run(step)
                return nil
            }
        }
        if case .teacher(let teacher) = work { try teacher.rank.finish() }
        return all
    }

    /// Four images in all.
    @Test(arguments: [2, 4], [0, 1]) func anyNumberOfStudentsLearnsTheSame(students: Int, teachers: Int) throws {
        let alone = try losses(Self.training(images: 4), SingleProcessGroup(), teachers: 0)
        let training = Self.training(images: 4 / students)
        let many = try ThreadedGroup.run(size: students + teachers) { try losses(training, $0, teachers: teachers) }
        for rank in many.prefix(students) {
            for (step, (terms, expected)) in zip(rank, alone).enumerated() {
                #expect(terms.keys.sorted() == expected.keys.sorted(), "step \(step)")
                for (name, value) in expected {
                    #expect(abs((terms[name] ?? 0) - value) <= 1e-4 * max(1, abs(value)), "\(name) of step \(step)")
                }
            }
        }
        #expect(alone.contains { $0["mixed.cells"] != nil })
    }

    @Test(arguments: [0, 1]) func aTeacherRankIsAsGoodAsTeachersOfTheirOwn(lag: Int) throws {
        let training = Self.training(images: 2, lag: lag)
        let local = try ThreadedGroup.run(size: 2) { try training.run(try training.work($0), 0..<Self.steps) }
        let remote = try ThreadedGroup.run(size: 3) {
            try training.run(try training.work($0, teachers: 1), 0..<Self.steps)
        }
        #expect(local[0] == local[1] && remote[0] == remote[1] && local[0] == remote[0])
    }

    /// Both passes have a pool, which a checkpoint keeps slot by slot.
    @Test(arguments: [1, 4, 8], [0, 1]) func aRunGoesOnBitByBitWhereverItStopped(step: Int, teachers: Int) throws {
        let (training, folder) = (Self.training(images: 2), TemporaryFolder())
        let checkpoints = RunCheckpoints(CheckpointFolder(folder.path), training.configuration, images: [])
        let whole = try ThreadedGroup.run(size: 2 + teachers) { world in
            let work = try training.work(world, teachers: teachers)
            try training.run(work, 0..<step)
            if case .student(let student) = work {
                let names = student.parts.parts.filter { $0 is MixingMemory }.count
                #expect(names == 2)
            }
            try checkpoints.save(work, step: step, world: world)
            return try training.run(work, step..<Self.steps)
        }
        let resumed = try ThreadedGroup.run(size: 2 + teachers) { world in
            let work = try training.work(world, teachers: teachers)
            let checkpoint = try Checkpoint.verified("\(folder.path)/step-00000\(step)", group: world)
            try checkpoints.restore(checkpoint, into: work, world: world)
            if case .teacher(let teacher) = work { try teacher.rank.resume(at: step) }
            return try training.run(work, step..<Self.steps)
        }
        #expect(resumed == whole)
    }

    /// Each key decides something.
    @Test func everyKeyMatters() throws {
        let alone = SingleProcessGroup()
        func values(_ change: @escaping @Sendable (inout SelfTraining) -> Void) throws -> [Float] {
            let training = Self.training(images: 2, change)
            return try training.run(try training.work(alone), 0..<5)
        }
        let whole = try values { _ in }
        #expect(try values { $0.colorTransfer = false } != whole)
        #expect(try values { $0.mixing = .classMix } != whole)
        #expect(try values { $0.instanceMixing?.bidirectional = nil } != whole)
        let forgetful = try values { parameters in
            var config = Self.config
            config.pool = nil
            parameters.mixing = MixingConfiguration("bidirectional", config)
        }
        #expect(forgetful != whole)
    }
}
