public import Basics
internal import Collectives
internal import NN
internal import SegmentationModels
internal import TensorEngine
internal import Training

/// What a benchmark of steps has found. Seconds are those of the slowest rank.
public struct StepMeasurement: Sendable {
    /// One step.
    struct Timing: Sendable {
        var total: Double
        var phases: [StepPhase: Double]
        /// How often tensors asked the system for memory.
        var systemAllocations: Int

        /// Each number's largest over all ranks, which enter the same phases. Collective.
        func slowest(over world: any ProcessGroup, _ all: [StepPhase]) throws(CollectiveError) -> Timing {
            var values = [total, Double(systemAllocations)] + all.map { phases[$0] ?? 0 }
            try world.allReduce(&values, .max)
            return Timing(
                total: values[0], phases: Dictionary(uniqueKeysWithValues: zip(all, values[2...])),
                systemAllocations: Int(values[1]))
        }
    }

    /// What computed.
    struct DeviceInUse: Sendable {
        let name: String
        /// As the driver has it.
        let description: String
        /// Whose times these are: `host` or `device`.
        let clock: String
        /// Of products.
        let precision: String

        static var inUse: Self {
            Self(
                name: Engine.device.name, description: Engine.deviceDescription, clock: Engine.clockName,
                precision: Engine.precision.rawValue)
        }

        var hasOwnClock: Bool { clock == "device" }
    }

    let options: StepBenchmark.Options
    public let ranks: Int
    /// Of a rank.
    let threads: Int
    let device: DeviceInUse
    let parameterCount: Int
    /// Those that a step enters, in order.
    let phases: [StepPhase]
    let timings: [Timing]
    /// Largest of a rank.
    let peakTensorBytes: Int
    /// Largest of a rank.
    let peakResidentBytes: Int
    /// Over all ranks.
    let totalResidentBytes: Int
    /// Of this rank, where it was asked for.
    public let profile: StepProfile?
    /// Every operation of all ranks as Chrome trace events; on rank 0, where it was asked for.
    public let trace: String?

    /// Seconds of a step, median.
    public var seconds: Double { Self.median(timings.map(\.total)) }
    public var leastSeconds: Double { timings.map(\.total).min() ?? 0 }
    /// Images of one domain, over all ranks.
    public var imagesPerSecond: Double { Double(options.batch * ranks) / seconds }
    private var systemAllocations: Int { timings.map(\.systemAllocations).max() ?? 0 }

    /// Median over the steps of the time of some phases together.
    private func seconds(_ phases: [StepPhase]) -> Double {
        Self.median(timings.map { timing in phases.reduce(0) { $0 + (timing.phases[$1] ?? 0) } })
    }

    private func seconds(_ phase: StepPhase) -> Double { seconds([phase]) }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}

extension StepMeasurement {
    /// What the steps of the whole run would take at this pace; nil without a setting.
    private var runSeconds: Double? { options.setting.map { seconds * $0.wholeSteps } }

    /// The last line for people: how long the run of the setting would take here; nil without a setting.
    public var outlook: String? {
        guard let setting = options.setting, let runSeconds else { return nil }
        let hours = NumberText.significant(runSeconds / 3600)
        let images = options.batch * ranks
        var remarks = ["scores and checkpoints aside"]
        if case .global(let wanted) = setting.training.batch, wanted != images {
            remarks.append("at a global batch of \(images) instead of \(wanted)")
        }
        return "\(setting.training.steps) steps: \(hours) hours here (\(remarks.joined(separator: ", ")))"
    }

    /// One object. The keys up to `peak_rss_gb` are those of the PyTorch step script that this is compared with.
    public var json: JSONValue {
        .object(commonMembers + ownMembers + targetMembers + (profile.map { [("profile", $0.json)] } ?? []))
    }

    private var commonMembers: [(String, JSONValue)] {
        [
            ("peer", "causeway"), ("variant", .string(variant)), ("crop", .integer(options.crop)),
            ("batch", .integer(options.batch)), ("threads", .integer(threads)), ("dtype", .string(device.precision)),
            ("uda", .bool(options.work.usesTarget)), ("compile", false),
            ("infer", options.work.sizeText.map { .string($0) } ?? .null), ("parameters", .integer(parameterCount)),
            ("step_s", Self.rounded(seconds)), ("step_s_min", Self.rounded(leastSeconds)),
            ("forward_s", Self.rounded(seconds(.forward))), ("backward_s", Self.rounded(seconds(.backward))),
            ("target_s", Self.rounded(seconds(targetPhases))),
            ("optimizer_s", Self.rounded(seconds(.optimizer))),
            ("images_per_s", Self.rounded(imagesPerSecond)), ("peak_rss_gb", Self.gigabytes(peakResidentBytes)),
        ]
    }

    /// The encoder's size as publications name it, such as `b0`.
    private var variant: String { options.model.encoder.split(separator: "-").last.map(String.init) ?? "" }

    private var ownMembers: [(String, JSONValue)] {
        runMembers + [
            ("total_rss_gb", Self.gigabytes(totalResidentBytes)), ("model", .string(options.model.description)),
            ("device", .string(device.name)), ("clock", .string(device.clock)),
            ("ranks", .integer(ranks)), ("steps", .integer(timings.count)),
            ("recompute", .string(options.recompute.rawValue)),
            ("peak_tensor_bytes", .integer(peakTensorBytes)),
            ("system_allocations_per_step", .integer(systemAllocations)),
        ]
    }

    private var runMembers: [(String, JSONValue)] {
        guard let steps = options.setting?.training.steps, let runSeconds else { return [] }
        return [("run_steps", .integer(steps)), ("run_hours", .number((runSeconds / 36).rounded() / 100))]
    }

    /// All that a step does beside the source pass and the update.
    private var targetPhases: [StepPhase] {
        phases.filter { ![.forward, .backward, .optimizer].contains($0) }
    }

    private var targetMembers: [(String, JSONValue)] {
        targetPhases.map { phase in
            let name = String(phase.name.map { $0 == " " ? "_" : $0 })
            return ("\(name)_s", Self.rounded(seconds(phase)))
        }
    }

    private static func rounded(_ value: Double) -> JSONValue { .number((value * 1e5).rounded() / 1e5) }

    /// Millions of KiB, as the script takes them from `ru_maxrss`.
    private static func gigabytes(_ bytes: Int) -> JSONValue { .number((Double(bytes) / 1024 / 1e3).rounded() / 1e3) }

    /// The same for people.
    public var table: TextTable {
        var table = TextTable(header: [title, ""])
        if device.hasOwnClock {
            table.append(["times are those of", "\(device.name), \(device.description), in \(device.precision)"])
        } else if device.precision != Precision.fp32.rawValue {
            table.append(["products", "in \(device.precision)"])
        }
        func add(_ name: String, _ seconds: Double) {
            if seconds > 0 { table.append([name, NumberText.significant(seconds * 1000) + " ms"]) }
        }
        add("step, median", seconds)
        add("step, best", leastSeconds)
        for phase in phases { add("  " + phase.name, seconds(phase)) }
        table.append(["images/s", NumberText.significant(imagesPerSecond)])
        table.append(["peak memory of tensors", "\(peakTensorBytes >> 20) MiB"])
        table.append([ranks > 1 ? "peak memory of a rank" : "peak memory", "\(peakResidentBytes >> 20) MiB"])
        if ranks > 1 { table.append(["peak memory of all ranks", "\(totalResidentBytes >> 20) MiB"]) }
        table.append(["system allocations a step", "\(systemAllocations)"])
        return table
    }

    private var title: String {
        let size = options.work.sizeText ?? "\(options.crop)x\(options.crop)"
        let images = options.batch == 1 ? "" : ", batch \(options.batch)"
        let job = ranks == 1 ? "" : "\(ranks) ranks x "
        let recompute = options.recompute == .none ? "" : ", recompute \(options.recompute.rawValue)"
        let setting = options.setting.map { " (\($0.name))" } ?? ""
        return
            "\(options.model)\(setting), \(options.work.name), \(size)\(images)\(recompute), \(job)\(threads) threads"
    }
}

extension StepBenchmark.Work {
    var name: String {
        switch self {
        case .training(let method): "\(method.title) step"
        case .inference: "inference"
        }
    }

    var usesTarget: Bool {
        if case .training(let method) = self { method.usesTarget } else { false }
    }

    /// Height and width of whole images; nil for crops.
    var sizeText: String? {
        if case .inference(let height, let width) = self { "\(height)x\(width)" } else { nil }
    }
}
