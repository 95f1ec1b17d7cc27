internal import ArgumentParser
internal import Collectives
internal import TensorEngine
internal import Training

/// `causeway doctor`: what a run would use, and what is wrong.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Shows what a run would use here, what is wrong, and the remedy.",
        discussion: "Start it with mpirun to see how the ranks of a job share the machines.")

    @Flag(help: "Measure matrix products for longer, to see how fast this processor can train.")
    var measure = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        CommandJob.run { world in
            let share = try CoreShare(of: world)
            let job = try JobExamination.findings(world, share: share)
            guard world.rank == 0 else { return }
            Engine.setThreadCount(share.threads)
            let findings = job + MachineExamination.findings(measuring: measure ? .thoroughly : .briefly)
            output.show(table: Finding.report(findings), json: .array(findings.map(\.json)))
        }
    }
}
