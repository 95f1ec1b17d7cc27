internal import ArgumentParser
internal import Training

/// `causeway doctor`: what a run would use, and what is wrong.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Shows what a run would use here, what is wrong, and the remedy.",
        discussion: "Start it with mpirun to see how the ranks of a job share the machines.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let findings = MachineExamination.findings()
        output.show(table: Finding.report(findings), json: .array(findings.map(\.json)))
        if findings.contains(where: { $0.status == .error }) { throw ExitCode.failure }
    }
}
