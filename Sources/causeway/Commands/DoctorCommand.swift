internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Configuration
internal import Doctor
internal import Machine
internal import MPICollectives
internal import TensorEngine
internal import Training

/// `causeway doctor`: what a run would use, and what is wrong.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Shows what a run would use here, what is wrong, and the remedy.",
        discussion: """
            Start it with mpirun to see how the ranks of a job share the machines. With --config it tells, before a \
            job is queued and without starting one, which ranks would train and label, and the batch, threads and \
            memory of each; a setting that cannot work on so many ranks ends with status 1 and the nearest numbers \
            that do.

              causeway doctor --config configs/daformer/gta-to-cityscapes.yaml --ranks 3 --nodes 3

            Of a pipeline's file each training is examined, under the name of its stage.

            With --device every operation that networks are made of runs on that device and on the processor, on odd, \
            small and large operands; a table tells how far results are apart and how fast the device is. One that is \
            too far off ends with status 1: docs/devices.md. With --precision tf32 or bf16 products, convolutions and \
            attention are examined in it as well.

              causeway doctor --device cuda
            """)

    @Flag(help: "Measure matrix products for longer, to see how fast this processor can train.")
    var measure = false

    @Option(help: "A setting, or the file of a pipeline, to plan a job of; --set changes its keys.")
    var config: String?

    @Option(name: .customLong("set"), help: "Changes one key of the setting: key.path=value.")
    var changes: [String] = []

    @Option(help: "Ranks of the job that is planned (default: 1, or those of this job).")
    var ranks: Int?

    @Option(help: "Nodes that its ranks are shared out to evenly.")
    var nodes: Int?

    @Option(help: "Cores of each node for the job (default: those of this machine).")
    var cores: Int?

    @Option(help: "Examine a device, operation by operation: cuda, cuda:N or standin.")
    var device: String?

    @Option(
        help: """
            Examine the device in this precision beside fp32: tf32 or bf16 (goes before CAUSEWAY_PRECISION).
            """)
    var precision: Precision?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        let examined = try deviceToExamine()
        guard examined != nil || precision == nil else {
            throw ValidationError("--precision \(precision?.rawValue ?? "") is examined on a device; give --device")
        }
        guard config != nil || (changes.isEmpty && ranks == nil && nodes == nil && cores == nil) else {
            throw ValidationError("--set, --ranks, --nodes and --cores plan a job of a setting; give --config")
        }
        for (name, value) in [("--ranks", ranks), ("--nodes", nodes), ("--cores", cores)] {
            guard value.map({ (1...100_000).contains($0) }) ?? true else {
                throw ValidationError("\(name) must be from 1 to 100000, got \(value ?? 0)")
            }
        }
        guard nodes ?? 1 <= ranks ?? nodes ?? 1 else {
            throw ValidationError("--nodes \(nodes ?? 1) is more than --ranks \(ranks ?? 1); every node needs a rank")
        }
    }

    func run() throws {
        var isPossible = true
        let plans = try config.map(plans(of:)) ?? []
        CommandJob.run { world in
            let share = try CoreShare(of: world)
            let job = try JobExamination.findings(
                world, share: share, library: MPIEnvironment.libraryDescription,
                isLaunched: MPIEnvironment.isLaunchedByMPI)
            guard world.rank == 0 else { return }
            Engine.setThreadCount(share.threads)
            let examined = try deviceToExamine()
            if try examined != nil && Device.cpu.orOfEnvironment() == .cpu {
                // A precision of the environment is the examined device's; the processor it is compared with has fp32.
                try Engine.compute(on: OpenDevice(.cpu))
            } else {
                try Engine.setDeviceOfEnvironment()
            }
            let findings = job + MachineExamination.findings(measuring: measure ? .thoroughly : .briefly)
                + LeftoverExamination.findings() + (try plans.flatMap { try $0() })
            let examination = try examined.map {
                try DeviceExaminationReport($0, in: try precision ?? Precision.fp32.orOfEnvironment())
            }
            let all = findings + (examination?.findings ?? [])
            output.show(
                table: Finding.report(all) + (examination.map { "\n" + $0.table } ?? ""),
                json: .array(all.map(\.json) + (examination?.json ?? [])))
            isPossible = !all.contains { $0.status == .error }
        }
        if !isPossible { throw ExitCode.failure }
    }

    private func deviceToExamine() throws -> Device? {
        guard let name = device else { return nil }
        guard let device = Device(name: name) else {
            throw ValidationError("--device \(name) is no device; say cuda, cuda:N or standin")
        }
        guard device != .cpu, device != .auto else {
            throw ValidationError(
                "--device \(name): the processor is what devices are compared with; say cuda, cuda:N or standin")
        }
        return device
    }

    /// What finds out about each training of a file.
    private func plans(of path: String) throws -> [() throws -> [Finding]] {
        let unset = UnsetVariables()
        guard try PipelineTrainings.areIn(path) else {
            let setting = try ConfigurationFile.load(path, overrides: changes, variable: unset.value)
            return [plan(setting, parts: 1, made: [], unset.names).findings]
        }
        let trainings = try PipelineTrainings(file: path, changes: changes, variable: unset.value).all
        return trainings.map { training in
            let plan = plan(training.setting, parts: training.parts, made: training.madeKeys, unset.names)
            return {
                let all = plannedRanks
                guard all.isMultiple(of: training.parts) else {
                    return [
                        Finding(
                            "\(training.name): ranks", .error,
                            "\(all) do not divide by \(training.parts) groups that train side by side",
                            remedy: "start a multiple of \(training.parts) ranks, or use jobs=one-after-other")
                    ]
                }
                return try plan.findings().map { $0.under(training.name) }
            }
        }
    }

    private var plannedRanks: Int { ranks ?? nodes ?? Launcher.worldSize ?? 1 }

    /// - Parameter parts: of the job, which do the same beside each other.
    private func plan(
        _ setting: RunConfiguration, parts: Int, made: Set<String>, _ unsetVariables: [String]
    ) -> PlanExamination {
        let nodes = nodes ?? 1
        // Parts that share a node share its cores and its memory.
        let sharing = (parts + nodes - 1) / nodes
        return PlanExamination(
            configuration: setting, ranks: max(1, plannedRanks / parts), nodes: max(1, nodes / parts),
            coresPerNode: max(1, (cores ?? Engine.availableCores) / sharing),
            memoryPerNode: MachineExamination.totalMemory.map { $0 / sharing }, unsetVariables: unsetVariables,
            madeKeys: made)
    }
}
