import Collectives
import Configuration
import DataParallel
import DomainAdaptation
import Mixing
import Randomness
import Testing
import _TestSupport
import Training

/// What a method of a stranger gets from a run without anybody but itself knowing of it.
@Suite struct NewMethodTests {
    private static func toy(_ change: (inout ToyMethod) -> Void = { _ in }) -> TinyTraining {
        var method = ToyMethod()
        change(&method)
        return TinyTraining(MethodConfiguration(method))
    }

    private func checkpoints(_ training: TinyTraining, _ folder: TemporaryFolder) -> RunCheckpoints {
        RunCheckpoints(CheckpointFolder(folder.path), training.configuration, images: [])
    }

    private func checkpoint(_ folder: TemporaryFolder, step: Int, _ group: any ProcessGroup) throws -> Checkpoint {
        try Checkpoint.verified("\(folder.path)/step-00000\(step)", group: group)
    }

    @Test func itTrainsAndGoesOnBitByBit() throws {
        let (training, folder, alone) = (Self.toy(), TemporaryFolder(), SingleProcessGroup())
        let whole = try training.run(try training.work(alone), 0..<8)
        let first = try training.work(alone)
        try training.run(first, 0..<4)
        try checkpoints(training, folder).save(first, step: 4, world: alone)
        let second = try training.work(alone)
        try checkpoints(training, folder).restore(try checkpoint(folder, step: 4, alone), into: second, world: alone)
        #expect(try training.run(second, 4..<8) == whole)
        // The pool matters: without it the run takes another way.
        let other = try training.work(alone)
        let stranger = Self.toy { $0.share = 0 }
        let plain = try stranger.run(try stranger.work(alone), 0..<8)
        #expect(plain != whole && other.values != whole)
    }

    /// The state of a slot goes to whoever has the slot; the teacher's to whoever has the teacher.
    @Test func ranksOfAnotherNumberGoOnWithTheStateOfTheirSlots() throws {
        let folder = TemporaryFolder()
        let training = Self.toy()
        let saved = try ThreadedGroup.run(size: 3) { world -> [[Float]] in
            let work = try training.work(world, teachers: 1)
            let values = try training.run(work, 0..<4)
            try checkpoints(training, folder).save(work, step: 4, world: world)
            return [values]
        }
        var alone = training
        alone.imagesPerStudent = 4
        let group = SingleProcessGroup()
        let work = try alone.work(group)
        let checkpoint = try checkpoint(folder, step: 4, group)
        try checkpoints(alone, folder).restore(checkpoint, into: work, world: group)
        #expect(work.values == saved[0][0])
        #expect(try checkpoint.floats("teacher.values") == saved[2][0])
        #expect(checkpoint.state["teacherUpdates"] == "3")
        let pools = try (0..<4).map { try checkpoint.floats("toy.pool.\($0)") }
        #expect(pools.allSatisfy { $0.count == 3 })
        guard case .student(let student) = work else { return }
        let pool = student.parts.parts.compactMap { $0 as? ToyPool }.first
        #expect(pool?.values == pools)
        let teacher = student.parts.parts.compactMap { $0 as? EMATeacher }.first
        #expect(teacher?.updateCount == 3)
    }

    @Test func statesOfSlotsThatNobodyHasAreMissed() throws {
        let (folder, alone) = (TemporaryFolder(), SingleProcessGroup())
        var training = Self.toy()
        training.imagesPerStudent = 3
        let work = try training.work(alone)
        try training.run(work, 0..<2)
        try checkpoints(training, folder).save(work, step: 2, world: alone)
        var smaller = training
        smaller.imagesPerStudent = 2
        let error = #expect(throws: CheckpointError.self) {
            try checkpoints(smaller, folder).restore(
                try checkpoint(folder, step: 2, alone), into: try smaller.work(alone), world: alone)
        }
        #expect(error?.message.hasPrefix("has 'toy.pool.2', which nothing of this run takes back") == true)
        var larger = training
        larger.imagesPerStudent = 4
        let other = #expect(throws: CheckpointError.self) {
            try checkpoints(larger, folder).restore(
                try checkpoint(folder, step: 2, alone), into: try larger.work(alone), world: alone)
        }
        #expect(other?.message.hasPrefix("has no 'toy.pool.3', from which the toy's pool would go on") == true)
    }

    @Test func aPartThatIsNotNamedStopsTheRun() throws {
        let error = #expect(throws: RunError.self) { try Self.toy { $0.namesPool = false }.work(SingleProcessGroup()) }
        #expect(
            error?.description
                == "the step of the method 'toy' holds the toy's pool and does not name it in `parts`: a run that goes "
                + "on would begin it anew")
    }

    /// On all ranks alike, also where the other part is another rank's or the run's own.
    @Test(arguments: [
        ("student.values", "the student and the toy's extra"), ("student.1.buffers", "the student and the toy's extra"),
        ("toy.pool.3", "the toy's extra and the toy's pool"), ("optimizerSteps", "the student and the toy's extra"),
        ("teacher.values", "the toy's extra and the teacher"), ("files", "the run itself and the toy's extra"),
    ])
    func partsOfOneKeyStopTheRunBeforeItTrains(key: String, parts: String) throws {
        let training = Self.toy { $0.extraKey = key }
        let messages = try ThreadedGroup.run(size: 3) { world -> String in
            let work = try training.work(world, teachers: 1)
            do {
                try work.requireOwnKeys(students: 2, world: world)
                return ""
            } catch { return "\(error)" }
        }
        let expected =
            "\(parts) both keep '\(key)' in checkpoints: a run that goes on would give one what the other saved; give "
            + "one of them a key of its own"
        #expect(messages == [expected, expected, expected])
    }

    @Test(arguments: [0, 1]) func partsWithKeysOfTheirOwnAreTaken(teachers: Int) throws {
        let training = Self.toy { $0.extraKey = "toy.extra" }
        _ = try ThreadedGroup.run(size: 3) { [training] world in
            var training = training
            training.imagesPerStudent = teachers == 0 ? 2 : 3
            try training.work(world, teachers: teachers).requireOwnKeys(students: 3 - teachers, world: world)
        }
    }

    /// What a run of one student ends with, whose teacher is its own or another rank.
    private static func habits(_ change: (inout ToyMethod) -> Void, teachers: Int) -> String {
        let training = toy(change)
        do {
            _ = try ThreadedGroup.run(size: 1 + teachers) { world in
                try training.run(try training.work(world, teachers: teachers), 0..<3)
            }
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [0, 1]) func aTeacherThatIsForgottenStopsTheRun(teachers: Int) {
        let must = ": every student must call `begin`, then `messages`, once in each step from then on"
        #expect(
            Self.habits({ $0.begins = false }, teachers: teachers).contains(
                "the step of the method 'toy' takes the messages of step 1 without `teacher.begin(1)` before\(must)"))
        #expect(
            Self.habits({ $0.takesMessages = false }, teachers: teachers).contains(
                "the step of the method 'toy' calls `teacher.begin(1)` and does not take the messages\(must)"))
        #expect(
            Self.habits({ ($0.begins, $0.takesMessages) = (false, false) }, teachers: teachers).contains(
                "does not call `teacher.begin(1)`, although `stepsBeforeTeacher` is 1\(must)"))
        #expect(
            Self.habits({ $0.begunEarly = true }, teachers: teachers).contains(
                "calls `teacher.begin(0)`, although `stepsBeforeTeacher` is 1\(must)"))
    }

    @Test func whatMixingRemembersIsLookedForToo() throws {
        struct Step {
            let mixing: (any MixingStrategy)?
        }
        let step = Step(mixing: Remembering())
        #expect(PartCensus.forgotten(in: step, named: []) == ["what mixing remembers"])
        let own = try #require(step.mixing.flatMap { MixingMemory(of: $0, slots: 0..<2) })
        #expect(PartCensus.forgotten(in: step, named: [own]).isEmpty)
        let other = try #require(MixingMemory(of: Remembering(), slots: 0..<2))
        #expect(PartCensus.forgotten(in: step, named: [other]) == ["what mixing remembers"])
    }

    private final class Remembering: RememberingStrategy {
        func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
            Mixture(pair.target, pastes: [])
        }
        func memory(ofSlot slot: Int) -> [UInt8] { [] }
        func restore(_ memory: [UInt8], ofSlot slot: Int) {}
    }

    @Test func aTeacherOfAnotherMethodIsNotTakenForNothing() throws {
        let (folder, alone) = (TemporaryFolder(), SingleProcessGroup())
        let training = TinyTraining(MethodConfiguration(SourceOnly()))
        let work = try training.work(alone)
        try training.run(work, 0..<2)
        try checkpoints(training, folder).save(work, step: 2, world: alone)
        let error = #expect(throws: CheckpointError.self) {
            try checkpoints(training, folder).restore(
                try checkpoint(folder, step: 2, alone), into: try Self.toy().work(alone), world: alone)
        }
        #expect(error?.message.hasPrefix("has no 'teacher.values', from which the teacher would go on") == true)
    }

    /// Two labelers on a teacher rank: students get both messages, in order, also when the teacher works ahead.
    @Test(arguments: [0, 1]) func studentsHearAllLabelersOfATeacherRank(lag: Int) throws {
        var training = Self.toy()
        training.configuration.distribution.teacherLag = lag
        let remote = try ThreadedGroup.run(size: 3) { [training] world in
            try training.run(try training.work(world, teachers: 1), 0..<8)
        }
        let local = try ThreadedGroup.run(size: 2) { [training] world in
            try training.run(try training.work(world), 0..<8)
        }
        #expect(remote[0] == remote[1] && local[0] == local[1])
        #expect(remote[0] == local[0])
    }

    @Test func theRegistryReadsWhatItWrites() throws {
        for kind in MethodConfiguration.kinds {
            let method = try #require(MethodConfiguration(kind: kind))
            #expect(method.kind == kind)
        }
        #expect(MethodConfiguration(kind: "toy") == nil, "methods of tests are not for settings")
        #expect(MethodConfiguration(ToyMethod()) != MethodConfiguration(SourceOnly()))
        var other = ToyMethod()
        other.share = 1
        #expect(MethodConfiguration(ToyMethod()) != MethodConfiguration(other))
        var run = RunConfiguration()
        run.method = MethodConfiguration(other)
        #expect(run.resolvedYAML().contains("kind: toy\n") && run.resolvedYAML().contains("share: 1"))
    }
}
