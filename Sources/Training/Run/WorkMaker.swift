internal import Collectives
internal import Configuration
internal import DataLoading
internal import DataParallel
internal import DomainAdaptation
internal import NN
internal import SegmentationModels
internal import TensorEngine

/// Makes the networks and the part of the work that a rank's role asks for.
struct WorkMaker {
    let configuration: RunConfiguration
    let world: any ProcessGroup
    let roles: RankRoles
    let seats: RankSeats
    let data: TrainingData
    /// Embeddings of the class descriptions; nil where the method has no use for them.
    let classTexts: Tensor?
    let firstStep: Int

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
        let (network, report) = try configuration.model.makeReportedNetwork(
            seed: configuration.seed, loadsWeights: true)
        let replica = Replica(network, configuration, students: group)
        let slots = seats.slots(ofStudents: index..<index + 1)
        let crop = configuration.data.crop
        let seat = StudentSeat(
            students: group, seed: configuration.seed, slots: slots, globalBatch: seats.globalBatch,
            cropPixels: crop.height * crop.width, statistics: configuration.distribution.batchNormStatistics,
            recomputation: configuration.engine.recompute,
            detailLossWeight: configuration.model.multiResolution?.detailLossWeight ?? 0)
        let loader = try data.loader(
            slots: slots, domains: configuration.method.usesTarget ? [.source, .target] : [.source],
            firstStep: firstStep)
        switch configuration.method {
        case .sourceOnly(let parameters):
            let step = SourceOnlyStep(replica: replica, student: seat, parameters: parameters)
            return StudentWork(
                index: index, replica: replica, step: step, localTeacher: nil, loadReport: report, group: group,
                loadBatch: loader.next)
        case .dacs(let parameters):
            let labeler = roles.teacherCount == 0 ? try labeler(parameters, group) : nil
            let alignment = textAlignment(parameters.textAlignment, network)
            let step = SelfTrainingStep(
                replica: replica, student: seat, parameters: parameters,
                teacher: provider(replica, labeler, imageCount: slots.count),
                featureDistance: try featureDistance(), textAlignment: alignment)
            return StudentWork(
                index: index, replica: replica, step: step, localTeacher: labeler?.teacher,
                classFeatures: alignment?.alignment.bank, loadReport: report, group: group, loadBatch: loader.next)
        }
    }

    private func provider(_ replica: Replica, _ labeler: PseudoLabeler?, imageCount: Int) -> any PseudoLabelProvider {
        if let labeler {
            return LocalTeacher(
                labeler, student: replica.parameters.values, lag: configuration.distribution.teacherLag)
        }
        let crop = configuration.data.crop
        let layout = PseudoLabels.Layout(imageCount: imageCount, height: crop.height, width: crop.width)
        return RemoteTeacher(StudentLink(world: world, roles: roles, parameters: replica.parameters, layout: layout))
    }

    private func teacher(_ index: Int, _ students: Range<Int>, _ group: any ProcessGroup) throws -> TeacherWork {
        guard case .dacs(let parameters) = configuration.method else {
            preconditionFailure("WorkMaker: a method without a teacher has no teacher ranks")
        }
        let labeler = try labeler(parameters, group)
        // A teacher that works ahead asks for the labels of a step before the step begins.
        let loader = try data.loader(
            slots: seats.slots(ofStudents: students), domains: [.target],
            firstStep: max(firstStep, parameters.sourceOnlySteps))
        let window = TargetWindow(loader, firstSlot: seats.slots(ofStudents: students).lowerBound,
            batches: BatchBuilder(seed: configuration.seed))
        let rank = TeacherRank(
            TeacherServer(world: world, roles: roles), labeler, imagesPerStudent: seats.imagesPerStudent,
            lag: configuration.distribution.teacherLag, lastStep: configuration.training.steps - 1,
            labelsTogether: configuration.distribution.batchNormStatistics == .global, loadTarget: window.images)
        return TeacherWork(
            index: index, count: group.size, teacher: labeler.teacher, rank: rank,
            firstStep: parameters.sourceOnlySteps)
    }

    private func labeler(_ parameters: SelfTrainingConfiguration, _ group: any ProcessGroup) throws -> PseudoLabeler {
        let network = try configuration.model.makeNetwork(seed: nil, loadsWeights: false)
        return PseudoLabeler(
            EMATeacher(network, decay: Float(parameters.emaDecay)), threshold: Float(parameters.pseudoThreshold),
            reduceStatistics: configuration.distribution.batchNormStatistics.reducer(over: group))
    }

    private func featureDistance() throws -> FeatureDistance? {
        guard let settings = configuration.featureDistance else { return nil }
        let frozen = try configuration.model.makeNetwork(seed: nil, loadsWeights: true)
        return FeatureDistance(
            settings, classes: try configuration.featureTrainIDs(settings), frozen: frozen.encoder)
    }

    private func textAlignment(
        _ settings: TextAlignmentConfiguration?, _ network: SegmentationNetwork
    ) -> AlignedClassFeatures? {
        guard let settings, let classTexts else { return nil }
        return AlignedClassFeatures(settings, texts: classTexts, network)
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
