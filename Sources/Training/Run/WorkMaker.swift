internal import Collectives
internal import Configuration
internal import DataLoading
internal import DataParallel
internal import DomainAdaptation
internal import SegmentationModels
internal import TensorEngine

/// Makes the networks and the part of the work that a rank's role asks for, around what the method puts together.
struct WorkMaker {
    let configuration: RunConfiguration
    let world: any ProcessGroup
    let roles: RankRoles
    let seats: RankSeats
    let data: TrainingData
    let firstStep: Int
    /// Those of the students, where they add up by themselves.
    let devices: DeviceSums?

    /// Collective over `world`.
    func make() throws -> RankWork {
        let role = roles.role(of: world.rank)
        let isTeacher = if case .teacher = role { true } else { false }
        let group = try world.split(color: isTeacher ? 1 : 0, key: world.rank)
        switch role {
        case .student(let index): return .student(try student(index, group))
        case .teacher(let index, let students): return .teacher(try teacher(index, students, group))
        }
    }

    private func student(_ index: Int, _ group: any ProcessGroup) throws -> StudentWork {
        let (network, report) = try configuration.makeReportedNetwork(
            seed: configuration.seed, loadsWeights: true)
        let assembly = try StudentAssembly(
            configuration, index: index, students: group, seats: seats, network: network, materials: .files,
            world: world, roles: roles, devices: devices, mixing: data.mixing)
        let loader = try data.loader(
            slots: assembly.seat.slots, domains: configuration.method.usesTarget ? [.source, .target] : [.source],
            firstStep: firstStep)
        return try StudentWork(assembly, index: index, loadReport: report, loadBatch: loader.next)
    }

    private func teacher(_ index: Int, _ students: Range<Int>, _ group: any ProcessGroup) throws -> TeacherWork {
        guard let method = configuration.method.teaching else {
            preconditionFailure("WorkMaker: a method without a teacher has no teacher ranks")
        }
        // A teacher that works ahead asks for the labels of a step before the step begins.
        let loader = try data.loader(
            slots: seats.slots(ofStudents: students), domains: [.target],
            firstStep: max(firstStep, method.stepsBeforeTeacher))
        let window = TargetWindow(
            loader, firstSlot: seats.slots(ofStudents: students).lowerBound,
            batches: BatchBuilder(seed: configuration.seed))
        return try TeacherWork(
            method, TeacherAssembly(configuration, group: group), index: index, seats: seats, world: world,
            roles: roles,
            loadTarget: window.images)
    }
}

/// A teacher's images of the step it is at, of which it takes parts.
private final class TargetWindow {
    private let loader: SampleLoader
    private let firstSlot: Int
    private let batches: BatchBuilder
    private var batch: LoadedBatch?

    init(_ loader: SampleLoader, firstSlot: Int, batches: BatchBuilder) {
        self.loader = loader
        self.batches = batches
        self.firstSlot = firstSlot
    }

    func images(step: Int, slots: Range<Int>) throws -> Tensor {
        let current: LoadedBatch
        if let batch, batch.step == step {
            current = batch
        } else {
            current = try loader.next(step: step)
            batch = current
        }
        let part = slots.lowerBound - firstSlot..<slots.upperBound - firstSlot
        return batches.images(of: Array(current.target[part]))
    }
}
