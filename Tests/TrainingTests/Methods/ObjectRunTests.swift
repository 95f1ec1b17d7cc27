import Collectives
import DataLoading
import DataParallel
import DomainAdaptation
import Mixing
import NN
import SegmentationModels
import TensorEngine
import Testing
import Training
import _TestSupport

/// Whole runs with instance mixing, in two phases: on any number of ranks, and stopped anywhere.
@Suite struct ObjectRunTests {
    private static let steps = 10
    private static let border = 5

    private static func training(images: Int, lag: Int = 0, _ change: (inout SelfTraining) -> Void = { _ in })
        -> TinyTraining
    {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.pseudoThreshold = 0.35
        parameters.emaDecay = 0.9
        var mixing = InstanceMixingConfiguration()
        (mixing.threshold, mixing.from) = (.fixed(0.3), 2)
        parameters.instanceMixing = mixing
        change(&parameters)
        var training = TinyTraining(MethodConfiguration(parameters), steps: steps)
        training.configuration.model.objects = .maskRCNN
        training.configuration.schedule.phaseEnds = [border]
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
        // The pass is taken, and skipped: at step 6 an image has no object of its own.
        let mixed = alone.map { $0["mixed.cells"] != nil }
        #expect(mixed.prefix(2) == [false, false] && mixed.dropFirst(2).contains(true))
        #expect(alone.map { $0["cells"] != nil }.contains(false))
    }

    @Test(arguments: [0, 1]) func aTeacherRankIsAsGoodAsTeachersOfTheirOwn(lag: Int) throws {
        let (local, remote) = try Self.training(images: 2, lag: lag).withAndWithoutTeacherRank()
        #expect(local[0] == local[1] && remote[0] == remote[1] && local[0] == remote[0])
    }

    /// In the first phase, at the border, in the second one; with a teacher's rank and a teacher that works ahead too.
    @Test(arguments: [3, 5, 6, 8], [(0, 0), (1, 0), (1, 1)] as [(Int, Int)])
    func aRunGoesOnBitByBitWhereverItStopped(step: Int, job: (teachers: Int, lag: Int)) throws {
        let (whole, resumed) = try Self.training(images: 2, lag: job.lag)
            .interrupted(at: step, students: 2, teachers: job.teachers)
        #expect(resumed == whole)
    }

    /// Up to its end the first phase is a run of its own; then the rate jumps, and the teacher begins anew.
    @Test func aSecondPhaseIsTheLongerRunWithANewTeacher() throws {
        let alone = SingleProcessGroup()
        let training = Self.training(images: 2)
        let work = try training.work(alone)
        let border = try training.run(work, 0..<Self.border)
        var first = training
        first.configuration.schedule.phaseEnds = []
        first.configuration.training.steps = Self.border
        #expect(try first.run(try first.work(alone), 0..<Self.border) == border)
        guard case .student(let student) = work else { return }
        #expect(student.replica.learningRateFactor(at: Self.border) == 0.5)
        let teacher = try #require(student.parts.parts.compactMap { $0 as? EMATeacher }.first)
        #expect(teacher.updateCount == Self.border)
        try training.run(work, Self.border..<Self.border + 1)
        #expect(teacher.updateCount == 1 && teacher.parameters.values.values() == border)

        let kept = Self.training(images: 2) { $0.restartsTeacher = false }
        let other = try kept.work(alone)
        try kept.run(other, 0..<Self.border + 1)
        guard case .student(let student) = other else { return }
        let average = try #require(student.parts.parts.compactMap { $0 as? EMATeacher }.first)
        #expect(average.updateCount == Self.border + 1 && average.parameters.values.values() != border)
    }

    /// Scores of the toy are low; what follows them is the same on 1 and 2 students, and goes on where it stopped.
    @Test func automaticThresholdsAreTheSameOnAnyNumberOfStudents() throws {
        @Sendable func training(_ images: Int) -> TinyTraining {
            var config = AutomaticThresholds.Config()
            (config.lowest, config.highest, config.memorySteps) = (0.1, 0.3, 20)
            return Self.training(images: images) { $0.instanceMixing?.threshold = .automatic(config) }
        }
        let alone = try training(2).terms(SingleProcessGroup())
        let many = try ThreadedGroup.run(size: 2) { try training(1).terms($0) }
        expectSameTerms(many[0], alone)
        #expect(alone.contains { $0["mixed.cells"] != nil })
    }

    /// Instance mixing decides something.
    @Test func itMattersFromItsFirstStepOn() throws {
        let alone = SingleProcessGroup()
        func values(_ change: @escaping (inout SelfTraining) -> Void) throws -> [Float] {
            let training = Self.training(images: 2, change)
            return try training.run(try training.work(alone), 0..<4)
        }
        let whole = try values { _ in }
        #expect(try values { $0.instanceMixing = nil } != whole)
        #expect(try values { $0.instanceMixing?.from = 4 } == values { $0.instanceMixing = nil })
    }
}
