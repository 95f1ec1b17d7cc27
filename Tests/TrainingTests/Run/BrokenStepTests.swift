import Collectives
import DataLoading
import DataParallel
import TensorEngine
import Testing
import Training
import _TestSupport

/// What is kept of a run whose step was not done on some rank.
@Suite struct BrokenStepTests {
    private static func training() -> TinyTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.textAlignment = TextAlignmentConfiguration()
        return TinyTraining(MethodConfiguration(parameters))
    }

    private static func parts(_ work: RankWork) -> CheckpointParts {
        switch work {
        case .student(let student): student.parts
        case .teacher(let teacher): teacher.parts
        }
    }

    @Test(arguments: [(1, 0), (3, 1)]) func aStepThatIsTakenBackLeavesNoTrace(ranks: Int, teachers: Int) throws {
        let folder = TemporaryFolder()
        _ = try ThreadedGroup.run(size: ranks) { world in
            let (training, checkpoints) = (Self.training(), CheckpointFolder(folder.path, keep: 3))
            let work = try training.work(world, teachers: teachers)
            try training.run(work, 0..<3)
            let parts = Self.parts(work)
            try parts.save(to: checkpoints, step: 3, facts: [:], group: world)
            parts.rememberStep()
            try training.run(work, 3..<4)
            try parts.save(to: checkpoints, step: 4, facts: [:], group: world)
            parts.takeBackStep()
            try parts.save(to: checkpoints, step: 5, facts: [:], group: world)
        }
        func checkpoint(_ step: Int) throws -> Checkpoint {
            try Checkpoint.verified("\(folder.path)/step-00000\(step)", group: SingleProcessGroup())
        }
        let (before, after, back) = (try checkpoint(3), try checkpoint(4), try checkpoint(5))
        // The weights themselves move only after all ranks know that the step is done.
        let moving: Set = ["student.values", "student.firstMoments", "student.secondMoments"]
        for key in before.keys where !moving.contains(key) {
            #expect(try before.floats(key) != after.floats(key), "\(key) tells nothing")
            #expect(try back.floats(key) == before.floats(key), "\(key)")
        }
        #expect(after.state["teacherUpdates"] == "4" && back.state["teacherUpdates"] == "3")
    }

    @Test func whatOneStudentCannotReadAnyMoreTheOtherSaves() throws {
        let folder = TemporaryFolder()
        let values = try ThreadedGroup.run(size: 3) { world in
            let (training, checkpoints) = (Self.training(), CheckpointFolder(folder.path))
            let work = try training.work(world, teachers: 1)
            let values = try training.run(work, 0..<3)
            let place = world.rank == 0 ? nil : PartState.Place(index: 0, count: 1)
            try Self.parts(work).save(to: checkpoints, step: 3, facts: [:], writers: place, group: world)
            return values
        }
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: SingleProcessGroup())
        #expect(
            checkpoint.keys == [
                "student.0.buffers", "student.classFeatures", "student.firstMoments", "student.secondMoments",
                "student.values", "teacher.values",
            ])
        #expect(try checkpoint.floats("student.values") == values[0])
        #expect(try checkpoint.floats("teacher.values") == values[2])
    }

    /// What belongs to slots lies with the host, and is written by a student whose device is lost too.
    @Test func whatBelongsToSlotsIsSavedByEveryStudent() throws {
        let folder = TemporaryFolder()
        _ = try ThreadedGroup.run(size: 2) { group in
            let pool = ToyPool(slots: group.rank..<group.rank + 1)
            pool.values = [[Float(group.rank), 7]]
            let extra = ToyExtra(key: "toy.extra")
            let parts = CheckpointParts([pool, extra], place: .init(index: group.rank, count: 2))
            let place = group.rank == 0 ? nil : PartState.Place(index: 0, count: 1)
            try parts.save(to: CheckpointFolder(folder.path), step: 1, facts: [:], writers: place, group: group)
        }
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000001", group: SingleProcessGroup())
        #expect(checkpoint.keys == ["toy.extra", "toy.pool.0", "toy.pool.1"])
        #expect(try checkpoint.floats("toy.pool.0") == [0, 7])
    }
}
