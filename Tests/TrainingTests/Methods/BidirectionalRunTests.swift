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

    /// Four images in all.
    @Test(arguments: [2, 4], [0, 1]) func anyNumberOfStudentsLearnsTheSame(students: Int, teachers: Int) throws {
        let alone = try Self.training(images: 4).terms(SingleProcessGroup())
        let training = Self.training(images: 4 / students)
        let many = try ThreadedGroup.run(size: students + teachers) { try training.terms($0, teachers: teachers) }
        for rank in many.prefix(students) { expectSameTerms(rank, alone) }
        #expect(alone.contains { $0["mixed.cells"] != nil })
    }

    @Test(arguments: [0, 1]) func aTeacherRankIsAsGoodAsTeachersOfTheirOwn(lag: Int) throws {
        let (local, remote) = try Self.training(images: 2, lag: lag).withAndWithoutTeacherRank()
        #expect(local[0] == local[1] && remote[0] == remote[1] && local[0] == remote[0])
    }

    /// Both passes have a pool, which a checkpoint keeps slot by slot.
    @Test(arguments: [1, 4, 8], [0, 1]) func aRunGoesOnBitByBitWhereverItStopped(step: Int, teachers: Int) throws {
        let training = Self.training(images: 2)
        let (whole, resumed) = try training.interrupted(at: step, students: 2, teachers: teachers) { work in
            guard case .student(let student) = work else { return }
            #expect(student.parts.parts.count { $0 is MixingMemory } == 2)
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
