import Collectives
import DataLoading
import DataParallel
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import Training

@Suite struct RunCheckpointsTests {
    private static func training() -> TinyTraining {
        var parameters = SelfTraining()
        parameters.margins = .none
        parameters.textAlignment = TextAlignmentConfiguration()
        return TinyTraining(MethodConfiguration(parameters))
    }

    private static func checkpoints(_ training: TinyTraining, _ folder: TemporaryFolder) -> RunCheckpoints {
        RunCheckpoints(CheckpointFolder(folder.path), training.configuration, images: [])
    }

    private func saved(
        _ training: TinyTraining, _ folder: TemporaryFolder, ranks: Int, teachers: Int
    ) throws -> [[Float]] {
        try ThreadedGroup.run(size: ranks) { world in
            let work = try training.work(world, teachers: teachers)
            let values = try training.run(work, 0..<3)
            try Self.checkpoints(training, folder).save(work, step: 3, world: world)
            return values
        }
    }

    /// The keys are those of versions before parts declared them.
    @Test func everyPartIsInTheCheckpoint() throws {
        let folder = TemporaryFolder()
        let values = try saved(Self.training(), folder, ranks: 3, teachers: 1)
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: SingleProcessGroup())
        #expect(
            checkpoint.keys == [
                "student.0.buffers", "student.1.buffers", "student.classFeatures", "student.firstMoments",
                "student.secondMoments", "student.values", "teacher.values",
            ])
        #expect(
            checkpoint.state.keys.sorted() == [
                "configuration", "files", "optimizerSteps", "skippedSteps", "students", "teacherUpdates",
            ])
        #expect(checkpoint.state["teacherUpdates"] == "3" && checkpoint.state["optimizerSteps"] == "3")
        #expect(try checkpoint.floats("student.values") == values[0])
        #expect(try checkpoint.floats("teacher.values") == values[2])
    }

    /// More students than saved take the running statistics in turn.
    @Test(arguments: [(1, 0), (2, 0), (4, 1)]) func otherRanksGoOnWithEveryPart(ranks: Int, teachers: Int) throws {
        let (training, folder) = (Self.training(), TemporaryFolder())
        let values = try saved(training, folder, ranks: 3, teachers: 1)
        let found = try ThreadedGroup.run(size: ranks) { world -> [[Float]] in
            let work = try training.work(world, teachers: teachers)
            let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: world)
            try Self.checkpoints(training, folder).restore(checkpoint, into: work, world: world)
            guard case .student(let student) = work else { return [work.values] }
            let buffers = try checkpoint.floats("student.\(student.index % 2).buffers")
            #expect(student.replica.network.flatBuffers().values() == buffers)
            #expect(student.replica.optimizer.stepCount == 3)
            return [work.values]
        }
        for (rank, result) in found.enumerated() {
            #expect(result[0] == values[rank == 3 ? 2 : 0])
        }
    }

    @Test func aPartThatTheCheckpointLacksIsNamed() throws {
        let (training, folder, alone) = (Self.training(), TemporaryFolder(), SingleProcessGroup())
        var plain = SelfTraining()
        plain.margins = .none
        let without = TinyTraining(MethodConfiguration(plain))
        _ = try saved(without, folder, ranks: 1, teachers: 0)
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: alone)
        let work = try training.work(alone)
        let before = work.values
        let error = #expect(throws: CheckpointError.self) {
            try Self.checkpoints(training, folder).restore(checkpoint, into: work, world: alone)
        }
        #expect(error?.code == .unfit)
        #expect(
            error?.message.hasPrefix(
                "has no 'student.classFeatures', from which the bank of class features would go on")
                == true)
        #expect(work.values == before, "nothing has changed")
    }

    @Test func whatNoPartTakesBackIsNamedOnAllRanks() throws {
        let (training, folder) = (Self.training(), TemporaryFolder())
        _ = try saved(training, folder, ranks: 1, teachers: 0)
        var plain = SelfTraining()
        plain.margins = .none
        let without = TinyTraining(MethodConfiguration(plain))
        let messages = try ThreadedGroup.run(size: 2) { world -> String in
            let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: world)
            do {
                try Self.checkpoints(without, folder).restore(
                    checkpoint, into: try without.work(world, teachers: 1), world: world)
                return ""
            } catch { return "\(error)" }
        }
        #expect(messages[0] == messages[1])
        #expect(
            messages[0].contains(
                "has 'student.classFeatures', which nothing of this run takes back (the student, the teacher)"))
    }

    /// Older versions counted the updates of a teacher that there was not, and knew no files.
    @Test(arguments: ["0", "2"]) func checkpointsOfOlderVersionsAreRead(teacherUpdates: String) throws {
        let (training, folder, alone) = (
            TinyTraining(MethodConfiguration(SourceOnly())), TemporaryFolder(), SingleProcessGroup()
        )
        let replica = try training.assembly().replica
        let entries = [
            CheckpointEntry("student.values", replica.parameters.values),
            CheckpointEntry("student.firstMoments", replica.optimizer.firstMoments),
            CheckpointEntry("student.secondMoments", replica.optimizer.secondMoments),
            CheckpointEntry("student.0.buffers", replica.network.flatBuffers()),
        ]
        let state = [
            "configuration": training.configuration.resolvedYAML(), "students": "1", "optimizerSteps": "2",
            "skippedSteps": "1", "teacherUpdates": teacherUpdates,
        ]
        try CheckpointFolder(folder.path).save(entries, step: 3, state: state, group: alone)
        let checkpoint = try Checkpoint.verified("\(folder.path)/step-000003", group: alone)
        let work = try training.work(alone)
        do {
            try Self.checkpoints(training, folder).restore(checkpoint, into: work, world: alone)
            #expect(teacherUpdates == "0")
            guard case .student(let student) = work else { return }
            #expect(student.replica.optimizer.stepCount == 2 && student.replica.skippedSteps == 1)
        } catch let error as CheckpointError {
            #expect(teacherUpdates == "2" && error.message.hasPrefix("has 'teacherUpdates', which nothing"), "\(error)")
        }
    }

    @Test func ranksThatHaveComeApartAreNotSaved() throws {
        let (training, folder) = (Self.training(), TemporaryFolder())
        let messages = try ThreadedGroup.run(size: 2) { world -> String in
            let work = try training.work(world)
            guard case .student(let student) = work else { return "" }
            student.replica.optimizer.stepCount = 3 + world.rank
            do {
                try Self.checkpoints(training, folder).save(work, step: 3, world: world)
                return ""
            } catch { return "\(error)" }
        }
        #expect(messages[0] == messages[1])
        #expect(messages[0].contains("the ranks have come apart: 'optimizerSteps' is '3' on rank 0 and '4' on rank 1"))
    }
}
