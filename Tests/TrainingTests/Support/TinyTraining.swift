import Annotations
import Collectives
import Configuration
import DataLoading
import DataParallel
import DomainAdaptation
import ImageIO
import Mixing
import NN
import Randomness
import SegmentationModels
import TensorEngine
import Testing
import Training
import _TestSupport

/// A training of a network of some hundred weights, on crops of 32 pixels made up on the spot: all of a run but its
/// files.
struct TinyTraining {
    static let side = 32
    static let classCount = 3

    var configuration = RunConfiguration()
    /// Images of each domain on a student.
    var imagesPerStudent = 2

    init(_ method: MethodConfiguration, steps: Int = 8) {
        configuration.method = method
        configuration.model.classes = Self.classCount
        configuration.data.crop = .init(height: Self.side, width: Self.side)
        configuration.training.steps = steps
        configuration.distribution.batchNormStatistics = .global
        configuration.schedule.warmupSteps = 0
        configuration.optimizer.encoderLearningRate = 1e-2
        configuration.optimizer.headLearningRate = 1e-2
    }

    /// Classes whose objects are found, where objects are.
    static let things: [UInt8] = [1, 2]

    /// - Parameter seed: nil for zeros.
    static func network(seed: UInt64?, findsObjects: Bool = false, saysClasses: Bool = true) -> SegmentationNetwork {
        var encoder = MixTransformer.Config(
            channels: [4, 4, 4, 8], depths: [1, 1, 1, 1], heads: [1, 1, 1, 1], reductions: [1, 1, 1, 1])
        encoder.dropPathRate = 0
        var decoder = DAFormerHead.Config()
        decoder.width = 4
        decoder.dropoutRate = 0
        let objects = findsObjects ? (decoder: ToyObjects.Config(), things: things) : nil
        return SegmentationNetwork(
            .init(encoder: encoder, decoder: saysClasses ? decoder : nil, classCount: classCount, objects: objects),
            in: ModuleScope(seed: seed))
    }

    /// One sample a slot, the same for the same step, slot and domain. Labels are squares of 8 pixels, some ignored.
    ///
    /// - Parameter hasObjects: cells of 8 pixels are objects of class 1 or 2, and one is a group; every seventh image
    ///   has none.
    static func samples(
        _ domain: SampleDomain, step: Int, slots: Range<Int>, hasObjects: Bool = false
    ) -> [Sample] {
        slots.map { slot in
            var random = RandomStream(seed: 7, "tiny \(domain.rawValue)", step: step, rank: slot)
            let pixels = (0..<side * side * 3).map { _ in UInt8(truncatingIfNeeded: random.next32()) }
            let cells = (0..<16).map { _ in [0, 1, 2, 255][random.integer(below: 4)] as UInt8 }
            let labels = (0..<side * side).map { cells[$0 / side / 8 * 4 + $0 % side / 8] }
            return Sample(
                planned: PlannedSample(
                    domain: domain, index: slot, step: step, slot: slot, rareClass: nil, isFlipped: false),
                name: "\(domain.rawValue) \(slot)",
                image: RGBImage(height: side, width: side, channels: 3, pixels: pixels),
                annotation: domain == .source
                    ? Annotation(
                        classes: LabelMap(height: side, width: side, channels: 1, pixels: labels),
                        objects: hasObjects ? objects(step: step, slot: slot) : nil) : nil,
                validity: nil, crop: Crop(top: 0, left: 0, height: side, width: side, isFlipped: false),
                skipped: [])
        }
    }

    private static func objects(step: Int, slot: Int) -> [AnnotatedObject] {
        guard (step + 3 * slot) % 7 != 6 else { return [] }
        var random = RandomStream(seed: 8, "tiny objects", step: step, rank: slot)
        let cells = random.choose(4, from: Array(0..<16))
        return cells.enumerated().map { index, cell in
            AnnotatedObject(
                trainID: things[random.integer(below: 2)], mask: ToyObjects.mask(row: cell / 4, column: cell % 4),
                isCrowd: index == 3)
        }
    }

    static func batch(_ step: Int, slots: Range<Int>, hasObjects: Bool = false) -> LoadedBatch {
        LoadedBatch(
            step: step, source: samples(.source, step: step, slots: slots, hasObjects: hasObjects),
            target: samples(.target, step: step, slots: slots), waitSeconds: 0)
    }

    /// As the configuration says.
    func network(seed: UInt64?) -> SegmentationNetwork {
        Self.network(
            seed: seed, findsObjects: configuration.findsObjects, saysClasses: configuration.model.decoder != nil)
    }

    /// What the student of a rank is put together from.
    func assembly(
        _ index: Int = 0, students: any ProcessGroup, world: any ProcessGroup, _ roles: RankRoles
    ) throws -> StudentAssembly {
        try StudentAssembly(
            configuration, index: index, students: students, seats: RankSeats(imagesPerStudent, roles),
            network: network(seed: configuration.seed), materials: .drawn, world: world, roles: roles,
            mixing: MixingFacts(
                classNames: ["ground", "small", "large"], things: Self.things, objectCounts: [0, 30, 20])
        ) { seed, _ in network(seed: seed) }
    }

    /// The only student of a job.
    func assembly() throws -> StudentAssembly {
        let alone = SingleProcessGroup()
        return try assembly(students: alone, world: alone, try RankRoles(worldSize: 1, teachers: 0))
    }

    /// What a rank does, as in a run. Collective.
    func work(_ world: any ProcessGroup, teachers: Int = 0) throws -> RankWork {
        let roles = try RankRoles(worldSize: world.size, teachers: teachers)
        let seats = RankSeats(imagesPerStudent, roles)
        let role = roles.role(of: world.rank)
        let isTeacher = if case .teacher = role { true } else { false }
        let group = try world.split(color: isTeacher ? 1 : 0, key: world.rank)
        switch role {
        case .student(let index):
            let assembly = try assembly(index, students: group, world: world, roles)
            let slots = assembly.seat.slots
            let hasObjects = configuration.method.method.needsObjects(in: configuration)
            let matching = configuration.method.method.matching
            return .student(
                try StudentWork(assembly, index: index) { step in
                    let batch = Self.batch(step, slots: slots, hasObjects: hasObjects)
                    guard let matching else { return batch }
                    return LoadedBatch(
                        step: step, source: zip(batch.source, batch.target).map(matching), target: batch.target,
                        waitSeconds: 0)
                })
        case .teacher(let index, _):
            guard let method = configuration.method.method as? any TeachingMethod else {
                preconditionFailure("TinyTraining: the method has no teacher")
            }
            let assembly = TeacherAssembly(configuration, group: group) { seed, _ in network(seed: seed) }
            return .teacher(
                try TeacherWork(method, assembly, index: index, seats: seats, world: world, roles: roles) {
                    step, slots in
                    BatchBuilder(seed: configuration.seed).images(
                        of: Self.samples(.target, step: step, slots: slots))
                })
        }
    }

    /// Runs steps of a rank and gives the weights after them, of a teacher its average.
    ///
    /// - Parameter reads: whether weights come to the host; none are given otherwise.
    @discardableResult
    func run(_ work: RankWork, _ steps: Range<Int>, reads: Bool = true) throws -> [Float] {
        for step in steps {
            switch work {
            case .student(let student): _ = try student.run(step)
            case .teacher(let teacher): try teacher.run(step)
            }
        }
        if case .teacher(let teacher) = work, steps.upperBound == configuration.training.steps {
            try teacher.rank.finish()
        }
        return reads ? work.values : []
    }
}

extension TinyTraining {
    /// Runs all steps of a rank and gives the terms of each, of the global batch; none of a teacher rank. Collective.
    ///
    /// - Parameter reports: whether what is reported beside the loss is among them.
    func terms(
        _ world: any ProcessGroup, teachers: Int = 0, reports: Bool = false
    ) throws -> [[String: Double]] {
        let work = try work(world, teachers: teachers)
        let steps = 0..<configuration.training.steps
        switch work {
        case .student(let student):
            return try steps.map { step in try student.run(step).losses.named(reports: reports) }
        case .teacher:
            try run(work, steps)
            return []
        }
    }

    /// Runs a job up to a step, saves it and runs it to its end; and goes on from what was saved.
    ///
    /// - Parameter examine: is given every rank's work at the step.
    /// - Returns: the weights of all ranks after both.
    func interrupted(
        at step: Int, students: Int, teachers: Int, examine: @escaping @Sendable (RankWork) -> Void = { _ in }
    ) throws -> (whole: [[Float]], resumed: [[Float]]) {
        let folder = TemporaryFolder()
        let checkpoints = RunCheckpoints(CheckpointFolder(folder.path), configuration, images: [])
        let rest = step..<configuration.training.steps
        let whole = try ThreadedGroup.run(size: students + teachers) { world in
            let work = try work(world, teachers: teachers)
            try run(work, 0..<step)
            examine(work)
            try checkpoints.save(work, step: step, world: world)
            return try run(work, rest)
        }
        let resumed = try ThreadedGroup.run(size: students + teachers) { world in
            let work = try work(world, teachers: teachers)
            let checkpoint = try Checkpoint.verified("\(folder.path)/step-00000\(step)", group: world)
            try checkpoints.restore(checkpoint, into: work, world: world)
            if case .teacher(let teacher) = work { try teacher.rank.resume(at: step) }
            return try run(work, rest)
        }
        return (whole, resumed)
    }

    /// The weights of two students at the end, with teachers of their own and with a teacher's rank.
    func withAndWithoutTeacherRank() throws -> (local: [[Float]], remote: [[Float]]) {
        let steps = 0..<configuration.training.steps
        let local = try ThreadedGroup.run(size: 2) { try run(try work($0), steps) }
        let remote = try ThreadedGroup.run(size: 3) { try run(try work($0, teachers: 1), steps) }
        return (local, remote)
    }
}

extension StepLosses {
    /// Its terms by name.
    func named(reports: Bool = false) -> [String: Double] {
        Dictionary(uniqueKeysWithValues: (reports ? terms + self.reports : terms).map { ($0.name, $0.value) })
    }
}

/// That a rank's terms of all steps are those of another job, but for the order in which students are added up.
func expectSameTerms(
    _ found: [[String: Double]], _ expected: [[String: Double]], tolerance: Double = 1e-4,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (step, (terms, expected)) in zip(found, expected).enumerated() {
        #expect(terms.keys.sorted() == expected.keys.sorted(), "step \(step)", sourceLocation: sourceLocation)
        for (name, value) in expected {
            let difference = abs((terms[name] ?? 0) - value)
            let limit = tolerance * max(1, abs(value))
            #expect(difference <= limit, "\(name) of step \(step)", sourceLocation: sourceLocation)
        }
    }
}

extension RankWork {
    /// The weights of a student, or the average of a teacher.
    var values: [Float] {
        switch self {
        case .student(let student): student.replica.parameters.values.values()
        case .teacher(let teacher): teacher.rank.average.parameters.values.values()
        }
    }
}
