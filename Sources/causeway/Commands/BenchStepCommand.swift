internal import Basics
internal import Benchmarks
internal import Configuration
internal import ArgumentParser
internal import Collectives
internal import NN
internal import SegmentationModels
internal import Training

/// `causeway bench step`: training steps and inference on random images, on all ranks of a job.
struct BenchStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Measures the training step of a network on random images; under mpirun on all ranks.",
        discussion: """
            Times the steps that train runs: a supervised one, with --uda all of self-training with the teacher inside \
            each rank, or with --infer the prediction of whole images. Seconds are medians of the slowest rank; on a \
            device they are its own, from the first work of a step to the last.
            """)

    @Option(help: "A setting whose step is measured, with its model, crop and method; --set changes its keys.")
    var config: String?

    @Option(name: .customLong("set"), help: "Changes one key of the setting: key.path=value.")
    var changes: [String] = []

    @Option(
        help: ArgumentHelp(
            "The network of one resolution (default: daformer-mit-b0).",
            discussion: "It is a decoder (\(DecoderRegistry.shared.names.joined(separator: ", "))) before an encoder "
                + "(\(EncoderRegistry.shared.names.joined(separator: ", "))); one of two resolutions is measured with "
                + "--config."))
    var model: NetworkName?

    @Option(help: "Short for the DAFormer network on an encoder: b0 to b5 (default: b0).")
    var variant: String?

    @Flag(help: "Self-training: source pass, feature distance, teacher pass, ClassMix, mixed pass, update, average.")
    var uda = false

    @Option(help: "Inference on whole images of this size instead of a step: HEIGHTxWIDTH in pixels.")
    var infer: WholeImageSize?

    @Option(help: "Side of the square crops, in pixels (default: 512, or the setting's).")
    var crop: Int?

    @Option(help: "Images of each domain a step and rank (default: 1, or its share of the setting's batch).")
    var batch: Int?

    @Option(help: "Steps to measure; medians are shown.")
    var steps = 5

    @Option(help: "Steps before measuring.")
    var warmup = 2

    @Option(help: "What the backward pass computes again instead of keeping it, as engine.recompute.")
    var recompute = Recomputation.none

    @Option(
        defaultAsFlag: .operations,
        help: "Print where the time goes, operation by operation; 'shapes' tells calls of different shapes apart.")
    var profile: ProfileDetail?

    @Option(help: "File for every operation of the steps as Chrome trace events, for Perfetto; implies --profile.")
    var trace: String?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let network = try network()
        guard !network.isEncoder, !network.hasTwoResolutions else {
            throw ValidationError(
                "--model must be a segmenter of one resolution, such as daformer-mit-b0; two are measured with --config"
            )
        }
        let stride = ModelConfiguration(network)?.deepestStride ?? 1
        guard (stride...4096).contains(side), (1...1024).contains(batch ?? 1) else {
            throw ValidationError("--crop must be from \(stride) to 4096, --batch from 1 to 1024")
        }
        guard !uda || side.isMultiple(of: stride) else {
            throw ValidationError("--crop must be a multiple of \(stride) with --uda, got \(side)")
        }
        guard config == nil || (model == nil && variant == nil && crop == nil && !uda && infer == nil) else {
            throw ValidationError(
                "--config names network, crop and work; leave --model, --variant, --crop, --uda and --infer out")
        }
        guard config != nil || changes.isEmpty else { throw ValidationError("--set changes a setting; give --config") }
        guard !uda || infer == nil else { throw ValidationError("--uda and --infer exclude each other") }
        guard (1...100_000).contains(steps), (0...100_000).contains(warmup) else {
            throw ValidationError("--steps must be from 1 to 100000, --warmup from 0 to 100000")
        }
    }

    func run() throws {
        var options = try config.map(options(ofSetting:)) ?? StepBenchmark.Options(
            model: try network(), work: work, crop: side, batch: batch ?? 1, warmup: warmup, steps: steps,
            threads: engine.threads, recompute: recompute, profile: profileOptions)
        options.precision = engine.precision
        try engine.chooseDevice()
        if let trace, Launcher.rank == 0 { try TextFile.write("", to: trace) }
        CommandJob.run { world in
            if let setting = options.setting { try world.requireSame(RankFacts(setting)) }
            let measurement = try StepBenchmark(options, world: world).run()
            guard world.rank == 0 else { return }
            output.show(table: text(measurement), json: measurement.json)
            if let trace, let document = measurement.trace { try TextFile.write(document, to: trace) }
        }
    }

    private func options(ofSetting path: String) throws -> StepBenchmark.Options {
        let setting = try ConfigurationFile.load(path, overrides: changes, variable: UnsetVariables().value)
        guard setting.data.crop.height == setting.data.crop.width else {
            throw CommandError("\(path): data.crop must be square to be measured, got \(setting.data.crop)")
        }
        return StepBenchmark.Options(
            setting: setting, batch: try batch ?? Self.batch(of: setting, path),
            warmup: warmup, steps: steps, threads: engine.threads, profile: profileOptions)
    }

    /// Images of one rank, where each is a student.
    private static func batch(of setting: RunConfiguration, _ path: String) throws -> Int {
        let ranks = Launcher.worldSize ?? 1
        do {
            return try setting.training.batch.imagesPerStudent(students: ranks)
        } catch {
            throw CommandError(
                "\(path): \(error); or say with --batch how many images each of the \(ranks) ranks has")
        }
    }

    private var side: Int { crop ?? 512 }

    private func text(_ measurement: StepMeasurement) -> String {
        let place = measurement.ranks > 1 ? " of rank 0" : ""
        let profile = measurement.profile.map { "\noperations\(place), means of the steps\n\n\($0.text)" }
        return measurement.table.text + (profile ?? "") + (measurement.outlook.map { "\($0)\n" } ?? "")
    }

    private var work: StepBenchmark.Work {
        if let infer { return .inference(height: infer.height, width: infer.width) }
        // A step as published: the default setting's self-training, or its source pass alone.
        return .training(uda ? RunConfiguration().method : .plain)
    }

    private var profileOptions: StepBenchmark.ProfileOptions? {
        guard profile != nil || trace != nil else { return nil }
        return StepBenchmark.ProfileOptions(distinguishesShapes: profile == .shapes, traces: trace != nil)
    }

    private func network() throws -> NetworkName {
        let size = variant ?? "b0"
        guard let named = NetworkName("daformer-mit-\(size)") else {
            throw ValidationError("--variant must be one of b0 to b5, got '\(size)'")
        }
        guard variant != nil else { return model ?? named }
        guard model == nil || model == named else {
            throw ValidationError("--model and --variant name different networks; give one of them")
        }
        return named
    }
}

/// How far a profile tells calls apart.
enum ProfileDetail: String, ExpressibleByArgument, CaseIterable {
    case operations, shapes
}

/// The size of whole images, `HEIGHTxWIDTH` in pixels, in the order of tensors.
struct WholeImageSize: ExpressibleByArgument {
    let height: Int
    let width: Int

    init?(argument: String) {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let height = sides[0], let width = sides[1],
            (32...16_384).contains(height), (32...16_384).contains(width)
        else { return nil }
        (self.height, self.width) = (height, width)
    }
}
