internal import Basics
public import Collectives
internal import Configuration
internal import DataLoading
internal import DataParallel
internal import DomainAdaptation
internal import Machine
internal import Mixing
public import NN
internal import Randomness
public import SegmentationModels
internal import TensorEngine

/// How long a step takes on random images: the very steps of training, on all ranks of a job, or inference.
///
/// Every rank is a student with its own images, which labels for itself. Images and labels lie in memory, and strong
/// augmentation is off, so that no reading and no colour jitter is measured. Labels are patches of 32 x 32 pixels of
/// one random class each, and every class counts for the feature distance: so does every cell of the deepest map.
public struct StepBenchmark {
    /// What is measured.
    public enum Work: Sendable, Equatable {
        /// Source images alone.
        case supervised
        /// Source pass, feature distance with a frozen encoder of random weights, pseudo-labels of a teacher, ClassMix,
        /// mixed pass, update of the weights and of the teacher.
        case selfTraining
        /// Class and confidence of every pixel of images of this size, without a tape.
        case inference(height: Int, width: Int)
    }

    public struct Options: Sendable, Equatable {
        public var model: ModelName
        public var work: Work
        /// Side of the square crops, in pixels; a multiple of 32 in self-training.
        public var crop: Int
        /// Images of each domain on a rank.
        public var batch: Int
        public var warmup: Int
        /// Steps that are measured, at least 1.
        public var steps: Int
        /// Threads of a rank; nil for its share of the cores.
        public var threads: Int?
        /// What backward passes compute again.
        public var recompute: Recomputation
        /// The setting whose step is measured; nil for the published DAFormer setting with `model`.
        public private(set) var setting: RunConfiguration?
        /// nil measures the step alone: booking every operation takes a little time.
        public var profile: ProfileOptions?

        public init(
            model: ModelName, work: Work, crop: Int = 512, batch: Int = 1, warmup: Int = 2, steps: Int = 5,
            threads: Int? = nil, recompute: Recomputation = .none, profile: ProfileOptions? = nil
        ) {
            self.model = model
            self.work = work
            self.crop = crop
            self.batch = batch
            self.warmup = warmup
            self.steps = steps
            self.threads = threads
            self.recompute = recompute
            self.profile = profile
        }

        /// The step of a setting on its model, crop and method, with a distance from a frozen encoder wherever the
        /// method has one, whether or not there are weights to load.
        ///
        /// - Precondition: the setting's crop is square.
        public init(
            setting: RunConfiguration, batch: Int = 1, warmup: Int = 2, steps: Int = 5, threads: Int? = nil,
            profile: ProfileOptions? = nil
        ) {
            let crop = setting.data.crop
            precondition(crop.height == crop.width, "StepBenchmark: the crop must be square, got \(crop)")
            self.init(
                model: setting.model.name, work: setting.method.usesTarget ? .selfTraining : .supervised,
                crop: crop.height, batch: batch, warmup: warmup, steps: steps, threads: threads,
                recompute: setting.engine.recompute, profile: profile)
            self.setting = setting
        }
    }

    /// What is kept of each operation.
    public struct ProfileOptions: Sendable, Equatable {
        /// Whether calls of different shapes are told apart.
        public var distinguishesShapes: Bool
        /// Whether each call is kept, for a trace.
        public var traces: Bool

        public init(distinguishesShapes: Bool = false, traces: Bool = false) {
            self.distinguishesShapes = distinguishesShapes
            self.traces = traces
        }
    }

    let options: Options
    let world: any ProcessGroup
    private let clock = StepClock()
    private let profile: OperationProfile?

    /// To be made before the first tensor, on all ranks of `world` with the same options.
    public init(_ options: Options, world: any ProcessGroup) {
        precondition(options.steps >= 1, "StepBenchmark: needs at least one step, got \(options.steps)")
        self.options = options
        self.world = world
        profile = options.profile.map {
            OperationProfile(distinguishesShapes: $0.distinguishesShapes, keepsEvents: $0.traces)
        }
    }

    /// Measures. Collective over the world.
    ///
    /// - Throws: when a rank fails, and when a step had no finite loss, for then its update was not measured.
    public func run() throws -> StepMeasurement {
        Engine.setThreadCount(try options.threads ?? CoreShare(of: world).threads)
        if let profile {
            clock.whenEntered = { profile.enter(phase: $0?.rawValue ?? "") }
        }
        return try profile.map { try $0.booking(measured) } ?? measured()
    }

    private func measured() throws -> StepMeasurement {
        switch options.work {
        case .inference(let height, let width): try inference(height: height, width: width)
        case .supervised, .selfTraining: try training()
        }
    }

    private func training() throws -> StepMeasurement {
        let configuration = self.configuration
        let replica = Replica(try network(configuration, seed: 1), configuration, students: world)
        replica.clock = clock
        let work = try student(configuration, replica)
        let timings = try measure { _ = try work.run($0) }
        guard replica.skippedSteps == 0 else { throw BenchmarkError.notFinite(steps: replica.skippedSteps) }
        return try measurement(timings, parameterCount: replica.parameters.count)
    }

    private func inference(height: Int, width: Int) throws -> StepMeasurement {
        let network = try network(configuration, seed: 1)
        let images = RandomImages(height: height, width: width).normalized(count: options.batch)
        let timings = try measure { _ in
            clock.enter(.forward)
            withoutGradients { _ = network(images, in: .evaluation).logits.classified(height: height, width: width) }
        }
        return try measurement(timings, parameterCount: network.parameterCount)
    }

    /// Runs the warm-up, then the steps that count; all ranks start each together.
    private func measure(_ step: (Int) throws -> Void) throws -> [StepMeasurement.Timing] {
        var timings: [StepMeasurement.Timing] = []
        for number in 0..<options.warmup + options.steps {
            try world.barrier()
            let allocations = Engine.memory.statistics.systemAllocations
            profile?.isRecording = number >= options.warmup
            clock.reset()
            let start = ContinuousClock.now
            try step(number)
            clock.stop()
            let timing = StepMeasurement.Timing(
                total: (ContinuousClock.now - start).inSeconds, phases: clock.seconds,
                systemAllocations: Engine.memory.statistics.systemAllocations - allocations)
            if number >= options.warmup { timings.append(timing) }
        }
        profile?.isRecording = false
        return timings
    }

    private func measurement(
        _ timings: [StepMeasurement.Timing], parameterCount: Int
    ) throws -> StepMeasurement {
        // Before the limits are measured, which takes memory too.
        let residentBytes = SystemFile.peakResidentBytes ?? 0
        let tensorBytes = Engine.memory.statistics.peakBytesInUse
        return StepMeasurement(
            options: options, ranks: world.size, threads: Engine.threadCount, parameterCount: parameterCount,
            timings: try timings.map { try $0.slowest(over: world) },
            peakTensorBytes: try world.maximum(tensorBytes),
            peakResidentBytes: try world.maximum(residentBytes), totalResidentBytes: try world.sum(residentBytes),
            profile: try profile.map { try stepProfile($0, timings) },
            trace: try profile.flatMap {
                try options.profile?.traces == true ? StepTrace.document($0, world: world) : nil
            })
    }

    /// All ranks measure the machine's limits at once, as they share it in the steps.
    private func stepProfile(_ profile: OperationProfile, _ timings: [StepMeasurement.Timing]) throws -> StepProfile {
        try world.barrier()
        return StepProfile(profile, timings: timings, limits: .measure())
    }
}

// MARK: The student

extension StepBenchmark {
    private var configuration: RunConfiguration {
        var configuration = options.setting ?? RunConfiguration()
        configuration.model.name = options.model
        configuration.model.weights = nil
        configuration.training.steps = options.warmup + options.steps
        configuration.training.batch = .perStudent(images: options.batch)
        configuration.distribution.teachers = .fixed(0)
        return configuration
    }

    private func network(_ configuration: RunConfiguration, seed: UInt64?) throws -> SegmentationNetwork {
        try configuration.model.makeNetwork(seed: seed, loadsWeights: false)
    }

    private func student(_ configuration: RunConfiguration, _ replica: Replica) throws -> StudentWork {
        let slots = world.rank * options.batch..<(world.rank + 1) * options.batch
        let seat = StudentSeat(
            students: world, seed: configuration.seed, slots: slots, globalBatch: options.batch * world.size,
            cropPixels: options.crop * options.crop, statistics: configuration.distribution.batchNormStatistics,
            recomputation: options.recompute,
            detailLossWeight: Float(configuration.model.multiResolution?.detailLossWeight ?? 0))
        let images = RandomImages(height: options.crop, width: options.crop)
        let (source, target) = (images.samples(.source, slots: slots), images.samples(.target, slots: slots))
        let step: any TrainingStep = options.work == .selfTraining
            ? try selfTrainingStep(configuration, replica, seat)
            : SourceOnlyStep(replica: replica, student: seat, parameters: .init())
        return StudentWork(index: world.rank, replica: replica, step: step, localTeacher: nil, group: world) { step in
            LoadedBatch(step: step, source: source, target: target, waitSeconds: 0)
        }
    }

    private func selfTrainingStep(
        _ configuration: RunConfiguration, _ replica: Replica, _ seat: StudentSeat
    ) throws -> SelfTrainingStep {
        var parameters = SelfTrainingConfiguration()
        if case .dacs(let own) = configuration.method { parameters = own }
        parameters.sourceOnlySteps = 0
        parameters.augmentation.jitterThreshold = 1
        parameters.augmentation.blur = false
        parameters.maskedConsistency?.augmentation = nil
        let labeler = PseudoLabeler(
            EMATeacher(try network(configuration, seed: nil), decay: Float(parameters.emaDecay)),
            threshold: Float(parameters.pseudoThreshold), reduceStatistics: seat.statistics.reducer(over: world))
        return SelfTrainingStep(
            replica: replica, student: seat, parameters: parameters,
            teacher: LocalTeacher(
                labeler, student: replica.parameters.values, lag: configuration.distribution.teacherLag),
            featureDistance: parameters.featureDistance.weight > 0
                ? FeatureDistance(
                    FeatureDistance.Config(), classes: Array(0..<configuration.model.classes),
                    frozen: try network(configuration, seed: 2).encoder) : nil,
            textAlignment: parameters.textAlignment.map { alignment($0, configuration, replica.network) })
    }

    /// With a table of random embeddings: how long the loss takes does not depend on them.
    private func alignment(
        _ settings: TextAlignmentConfiguration, _ configuration: RunConfiguration, _ network: SegmentationNetwork
    ) -> AlignedClassFeatures {
        var random = RandomStream(seed: configuration.seed, "embeddings")
        let (classes, width) = (configuration.model.classes, 512)
        let text = Tensor((0..<classes * width).map { _ in random.uniform() }, shape: [classes, width])
        return AlignedClassFeatures(settings, texts: text, network)
    }
}

/// A measurement that says nothing.
public enum BenchmarkError: Error, CustomStringConvertible {
    /// Steps without an update.
    case notFinite(steps: Int)

    public var description: String {
        switch self {
        case .notFinite(let steps):
            "\(steps) steps had no finite loss, so that their weights were not updated and the times mean nothing; "
                + "measure with fewer --steps"
        }
    }
}
