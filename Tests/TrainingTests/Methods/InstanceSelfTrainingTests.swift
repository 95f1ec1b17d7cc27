import Collectives
import Configuration
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

/// UDA4Inst's second stage on a network of some hundred weights.
@Suite struct InstanceSelfTrainingTests {
    private static let steps = 10

    private static func training(
        images: Int, lag: Int = 0, _ change: (inout InstanceSelfTraining) -> Void = { _ in }
    ) -> TinyTraining {
        var parameters = InstanceSelfTraining()
        parameters.emaDecay = 0.9
        parameters.mixing.minScore = 0.3
        parameters.mixing.rule.minArea = 16
        parameters.mixing.rule.maxPatchArea = 80
        parameters.mixing.pool?.classes = [.trainID(1)]
        change(&parameters)
        var training = TinyTraining(MethodConfiguration(parameters), steps: steps)
        training.configuration.model.objects = .maskRCNN
        training.configuration.model.decoder = nil
        training.configuration.distribution.teacherLag = lag
        training.imagesPerStudent = images
        return training
    }

    /// Twelve images in all, of which every student has another part; directions follow the slots.
    @Test(arguments: [2, 4], [0, 1]) func anyNumberOfStudentsLearnsTheSame(students: Int, teachers: Int) throws {
        let alone = try Self.training(images: 12).terms(SingleProcessGroup(), reports: true)
        let training = Self.training(images: 12 / students)
        let many = try ThreadedGroup.run(size: students + teachers) {
            try training.terms($0, teachers: teachers, reports: true)
        }
        for rank in many.prefix(students) { expectSameTerms(rank, alone) }
        #expect(alone.contains { $0["cells"] != nil } && alone.contains { $0["sureObjects"] ?? 0 > 0 })
    }

    @Test(arguments: [0, 1]) func aTeacherRankIsAsGoodAsTeachersOfTheirOwn(lag: Int) throws {
        let (local, remote) = try Self.training(images: 3, lag: lag).withAndWithoutTeacherRank()
        #expect(local[0] == local[1] && remote[0] == remote[1] && local[0] == remote[0])
    }

    /// The pool of rare objects, the teacher and the count of silent steps are found again; with a teacher's rank too.
    @Test(arguments: [3, 7], [0, 1]) func aRunGoesOnBitByBitWhereverItStopped(step: Int, teachers: Int) throws {
        let (whole, resumed) = try Self.training(images: 3).interrupted(at: step, students: 2, teachers: teachers)
        #expect(resumed == whole)
    }

    /// What is remembered belongs to a slot: one student goes on with what two have saved.
    @Test func thePoolFollowsItsSlots() throws {
        let folder = TemporaryFolder()
        let (two, one) = (Self.training(images: 3), Self.training(images: 6))
        let checkpoints = RunCheckpoints(CheckpointFolder(folder.path), two.configuration, images: [])
        @Sendable func pools(_ work: RankWork) -> [[UInt8]] {
            guard case .student(let student) = work else { return [] }
            return student.parts.parts.compactMap { $0 as? MixingMemory }.flatMap(\.memories)
        }
        let saved = try ThreadedGroup.run(size: 2) { world in
            let work = try two.work(world)
            try two.run(work, 0..<6)
            try checkpoints.save(work, step: 6, world: world)
            return pools(work)
        }
        let alone = SingleProcessGroup()
        let work = try one.work(alone)
        try checkpoints.restore(
            Checkpoint.verified("\(folder.path)/step-000006", group: alone), into: work, world: alone)
        #expect(pools(work) == saved.flatMap(\.self) && saved.joined().contains { !$0.isEmpty })
    }

    /// All students skip together, on their own word about the global batch.
    @Test func withoutAnObjectOfTheTeacherTheWeightsStay() throws {
        let training = Self.training(images: 3) { $0.mixing.minScore = 1 }
        let before = training.network(seed: training.configuration.seed)
        let start = ParameterSet(before).values.values()
        let ends = try ThreadedGroup.run(size: 2) { try training.run(try training.work($0), 0..<3) }
        #expect(ends.allSatisfy { $0 == start })

        let learning = Self.training(images: 3) {
            $0.mixing.minScore = 1
            $0.skipsEmptySteps = false
        }
        let learnt = try ThreadedGroup.run(size: 2) { try learning.run(try learning.work($0), 0..<3) }
        #expect(learnt[0] == learnt[1] && learnt[0] != start)
    }

    /// Directions whose weight is 0 teach nothing, and every direction is a term of its own.
    @Test func directionsMayBeWeighed() throws {
        func log(_ weights: DirectionWeights?) throws -> [String: Double] {
            let training = Self.training(images: 12) { $0.directionWeights = weights }
            guard case .student(let student) = try training.work(SingleProcessGroup()) else { return [:] }
            return try student.run(0).losses.named()
        }
        var weights = DirectionWeights()
        let even = try log(weights)
        (weights.source, weights.sourceToTarget, weights.targetToSource) = (0.5, 0.25, 0)
        let other = try log(weights)
        #expect(!even.isEmpty && even.keys.sorted() == other.keys.sorted())
        for (name, factor) in [("source", 0.5), ("sourceToTarget", 0.25), ("targetToSource", 0)] {
            guard let value = even[name], let weighed = other[name] else { continue }
            #expect(abs(weighed - factor * value) < 1e-5 * max(1, value), "\(name)")
        }
        #expect(even["sourceToTarget"] != nil || even["source"] != nil)
    }

    /// MIC's pass comes where the teacher is sure of something in every image, on all students alike.
    @Test func hiddenBlocksAreAFurtherPass() throws {
        @Sendable func terms(_ images: Int, _ world: any ProcessGroup) throws -> [[String: Double]] {
            let training = Self.training(images: images) {
                $0.mixing.minScore = 0
                $0.maskedConsistency = MaskedConsistencyConfiguration()
                $0.maskedConsistency?.mask.blockSize = 8
                $0.maskedConsistency?.augmentation = nil
            }
            return try training.terms(world, reports: true)
        }
        let alone = try terms(6, SingleProcessGroup())
        let many = try ThreadedGroup.run(size: 2) { try terms(3, $0) }
        #expect(alone.contains { $0["masked"] ?? 0 > 0 })
        expectSameTerms(many[1], alone)
    }

    @Test func weightsOfDirectionsNeedAllOnEveryStudent() throws {
        let training = Self.training(images: 4) { $0.directionWeights = DirectionWeights() }
        #expect {
            _ = try training.work(SingleProcessGroup())
        } throws: {
            "\($0)".contains(
                "method.directionWeights: every student needs images of all 3 kinds, and has 4; use a multiple of 3 images a"
            )
        }
    }

    /// The first update copies; from then on the share of the old teacher is 2/3, 3/4, …
    @Test func theTeacherFollowsAsInTheReleasedCode() {
        let network = TinyTraining.network(seed: 1)
        let teacher = EMATeacher(TinyTraining.network(seed: 2), decay: 0.999, countsFromOne: true)
        let student = ParameterSet(network).values
        teacher.update(from: student)
        #expect(teacher.parameters.values.values() == student.values())
        let zeros = Tensor.zeros([student.count])
        teacher.update(from: zeros)
        expectClose(teacher.parameters.values.values(), (student * (2 / 3)).values(), tolerance: 1e-6)
        teacher.update(from: zeros)
        expectClose(teacher.parameters.values.values(), (student * 0.5).values(), tolerance: 1e-6)
    }

    private func failure(_ changes: String...) -> String {
        let setting = """
            data: {source: {root: a}, target: {root: b}}
            model: {encoder: mit-b0, decoder: none, objects: mask-rcnn}
            evaluation: {measures: [instance]}
            training: {batch: {kind: global, images: 3}}
            method: uda4inst
            """
        do {
            let run = try ConfigurationFile.decode(yaml: setting, fileName: "a.yaml", overrides: changes)
            return run.method.kind
        } catch { return "\(error)" }
    }

    @Test func settingsThatCannotWorkAreNamed() {
        #expect(failure() == "uda4inst")
        #expect(failure("method.mixing.directions=both", "training.batch.images=2") == "uda4inst")
        #expect(
            failure("training.batch.images=4").contains(
                "training.batch.images: method.mixing.directions=triplet shares the images out among 3 kinds, and a global batch "
                    + "of 4 images does not divide by 3; use a multiple of 3"))
        #expect(
            failure("model.decoder=daformer").contains(
                "model.decoder: the method 'uda4inst' learns objects alone; use model.decoder=none, or the method dacs")
        )
        #expect(
            failure("model.decoder=daformer", "model.objects=null", "evaluation.measures=[semantic-iou]").contains(
                "model.objects: the method 'uda4inst' learns objects, and the network finds none"))
        #expect(
            failure("method.egoRegion.corners=[0, 0, 1, 1]").contains(
                "method.egoRegion.corners: needs from 6 to 2000 numbers"))
        #expect(
            failure("method.egoRegion.corners=[0, 0, 0, 1, 0, 2]").contains(
                "method.egoRegion.corners: no pixel of 2048x1024 lies"))
        #expect(failure("data.group=[road]").contains("data.group: objects of 'road' cannot be counted"))
        #expect(
            failure("data.group=[preson]").contains("data.group: there is no class 'preson'; did you mean 'person'?"))
        #expect(failure("data.group=[car, car]").contains("data.group: 'car' stands twice"))
        #expect(failure("data.group=[car, bus]") == "uda4inst")
    }
}
