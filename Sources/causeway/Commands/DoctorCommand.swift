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
            """)

    @Flag(help: "Measure matrix products for longer, to see how fast this processor can train.")
    var measure = false

    @Option(help: "A setting to plan a job of; --set changes its keys.")
    var config: String?

    @Option(name: .customLong("set"), help: "Changes one key of the setting: key.path=value.")
    var changes: [String] = []

    @Option(help: "Ranks of the job that is planned (default: 1, or those of this job).")
    var ranks: Int?

    @Option(help: "Nodes that its ranks are shared out to evenly.")
    var nodes: Int?

    @Option(help: "Cores of each node for the job (default: those of this machine).")
    var cores: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
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
        let plan = try config.map(plan(ofSetting:))
        CommandJob.run { world in
            let share = try CoreShare(of: world)
            let job = try JobExamination.findings(
                world, share: share, library: MPIEnvironment.libraryDescription,
                isLaunched: MPIEnvironment.isLaunchedByMPI)
            guard world.rank == 0 else { return }
            Engine.setThreadCount(share.threads)
            let findings = job + MachineExamination.findings(measuring: measure ? .thoroughly : .briefly)
                + LeftoverExamination.findings() + (try plan?.findings() ?? [])
            output.show(table: Finding.report(findings), json: .array(findings.map(\.json)))
            isPossible = !findings.contains { $0.status == .error }
        }
        if !isPossible { throw ExitCode.failure }
    }

    private func plan(ofSetting path: String) throws -> PlanExamination {
        let unset = UnsetVariables()
        let setting = try ConfigurationFile.load(path, overrides: changes, variable: unset.value)
        return PlanExamination(
            configuration: setting, ranks: ranks ?? nodes ?? Launcher.worldSize ?? 1, nodes: nodes ?? 1,
            coresPerNode: cores ?? Engine.availableCores, memoryPerNode: MachineExamination.totalMemory,
            unsetVariables: unset.names)
    }
}
