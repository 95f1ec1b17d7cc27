internal import Basics
public import Collectives
internal import Configuration
internal import DataLoading
internal import DataParallel
internal import Datasets
internal import Machine
public import NN
public import SegmentationModels
public import TensorEngine
public import Training

/// How long a step takes on random images: the very steps of training, on all ranks of a job, or inference.
///
/// Every rank is a student with its own images, which labels for itself. Images and labels lie in memory, and strong
/// augmentation is off, so that no reading and no colour jitter is measured. Labels are patches of
/// the size of a cell of the deepest map, of one random class each, and every class counts for the feature distance: so
/// does every cell of the deepest map.
public struct StepBenchmark {
    /// What is measured.
    public enum Work: Sendable, Equatable {
        /// The whole step of a method, its teacher inside the rank, with random weights wherever files would be read.
        case training(MethodConfiguration)
        /// Class and confidence of every pixel of images of this size, without a tape.
        case inference(height: Int, width: Int)
    }

    public struct Options: Sendable, Equatable {
        public var model: NetworkName
        public var work: Work
        /// Side of the square crops, in pixels; in self-training a multiple of the deepest stride.
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
        /// Of products; nil for the setting's, or else single.
        public var precision: Precision?
        /// nil measures the step alone: booking every operation takes a little time.
        public var profile: ProfileOptions?

        public init(
            model: NetworkName, work: Work, crop: Int = 512, batch: Int = 1, warmup: Int = 2, steps: Int = 5,
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
                model: setting.model.name, work: .training(setting.method), crop: crop.height,
                batch: batch, warmup: warmup, steps: steps, threads: threads, recompute: setting.engine.recompute,
                profile: profile)
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
        let share = try CoreShare(of: world)
        Engine.setThreadCount(options.threads ?? share.threads)
        let devices = try JobDevices.open(
            options.setting?.engine.device ?? .cpu,
            precision: options.precision ?? options.setting?.engine.precision ?? .fp32, over: world)
        let distribution = options.setting?.distribution ?? DistributionConfiguration()
        let sums = try DeviceSums.open(
            distribution.transport, of: devices, patienceSeconds: distribution.stallSeconds, over: world)
        return try profile.map { try $0.booking { try measured(sums) } } ?? measured(sums)
    }

    /// - Parameter devices: those of the ranks, where the setting has them add up by themselves.
    private func measured(_ devices: DeviceSums?) throws -> StepMeasurement {
        switch options.work {
        case .inference(let height, let width): try inference(height: height, width: width)
        case .training(let method): try training(method, devices)
        }
    }

    private func training(_ method: MethodConfiguration, _ devices: DeviceSums?) throws -> StepMeasurement {
        let work = try student(try configuration(method), devices)
        work.replica.clock = clock
        let timings = try measure { _ = try work.run($0) }
        let skipped = work.replica.skippedSteps
        guard skipped == 0 else { throw BenchmarkError.notFinite(steps: skipped) }
        return try measurement(timings, parameterCount: work.replica.parameters.count)
    }

    private func inference(height: Int, width: Int) throws -> StepMeasurement {
        let configuration = try configuration()
        let network = try configuration.makeNetwork(seed: configuration.seed, loadsWeights: false)
        let images = RandomImages(height: height, width: width).normalized(count: options.batch)
        let timings = try measure { _ in
            clock.enter(.forward)
            withoutGradients {
                let output = network(images, in: .evaluation)
                _ = network.classScores(output, in: .evaluation)?.classified(height: height, width: width)
                guard network.head == nil else { return }
                _ = network.objectDecoder?.detections(
                    output.features, height: height, width: width, masksOf: (height, width), in: .evaluation)
            }
        }
        return try measurement(timings, parameterCount: network.parameterCount)
    }

    /// Runs the warm-up, then the steps that count; all ranks start each together.
    private func measure(_ step: (Int) throws -> Void) throws -> [StepMeasurement.Timing] {
        var timings: [StepMeasurement.Timing] = []
        let device = DeviceStepTimes()
        clock.whenEntered = { [profile] phase in
            profile?.enter(phase: phase?.name ?? "")
            device?.enter(phase)
        }
        defer { clock.whenEntered = nil }
        for number in 0..<options.warmup + options.steps {
            try world.barrier()
            let allocations = Engine.memory.statistics.systemAllocations
            profile?.isRecording = number >= options.warmup
            clock.reset()
            device?.begin()
            let start = ContinuousClock.now
            try step(number)
            clock.stop()
            let (total, phases) = device?.finish() ?? ((ContinuousClock.now - start).inSeconds, clock.seconds)
            let timing = StepMeasurement.Timing(
                total: total, phases: phases,
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
            options: options, ranks: world.size, threads: Engine.threadCount, device: .inUse,
            parameterCount: parameterCount,
            phases: clock.phases, timings: try timings.map { try $0.slowest(over: world, clock.phases) },
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
        return StepProfile(profile, phases: clock.phases, timings: timings, limits: .measure())
    }
}

// MARK: The student

extension StepBenchmark {
    /// The setting with the network that is measured.
    ///
    /// - Throws: where the label space of no setting is not found, as beside a program that was copied elsewhere.
    private func configuration() throws -> RunConfiguration {
        var configuration = options.setting ?? RunConfiguration()
        try configuration.labelSpace.load(keyPath: "labelSpace")
        configuration.model = model(of: configuration)
        return configuration
    }

    /// The setting as its step is timed.
    private func configuration(_ method: MethodConfiguration) throws -> RunConfiguration {
        var configuration = try configuration()
        configuration.method = MethodConfiguration(timing: method, classCount: configuration.model.classes)
        configuration.data.crop = ImageSizeConfiguration(height: options.crop, width: options.crop)
        configuration.engine.recompute = options.recompute
        configuration.training.steps = options.warmup + options.steps
        // They would end after the last of these steps.
        configuration.schedule.phaseEnds = []
        configuration.training.batch = .perStudent(images: options.batch)
        configuration.distribution.teachers = .fixed(0)
        return configuration
    }

    private func model(of configuration: RunConfiguration) -> ModelConfiguration {
        var model = configuration.model
        if options.setting == nil, let named = ModelConfiguration(options.model) { model = named }
        model.weights = nil
        return model
    }

    /// Put together as in a run without teacher ranks, on random images.
    private func student(_ configuration: RunConfiguration, _ devices: DeviceSums?) throws -> StudentWork {
        let roles = try RankRoles(worldSize: world.size, teachers: 0)
        let assembly = try StudentAssembly(
            configuration, index: world.rank, students: world, seats: RankSeats(options.batch, roles),
            network: try configuration.makeNetwork(seed: configuration.seed, loadsWeights: false), materials: .drawn,
            world: world, roles: roles, devices: devices)
        let images = RandomImages(
            height: options.crop, width: options.crop, patch: configuration.model.deepestStride)
        func samples(_ domain: SampleDomain) -> [Sample] {
            images.samples(
                domain, slots: assembly.seat.slots, classCount: configuration.model.classes,
                things: configuration.model.objects == nil ? [] : configuration.labelSpace.space.thingTrainIDs)
        }
        let source = samples(.source)
        let target = configuration.method.usesTarget ? samples(.target) : []
        return try StudentWork(assembly, index: world.rank) { step in
            LoadedBatch(step: step, source: source, target: target, waitSeconds: 0)
        }
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
