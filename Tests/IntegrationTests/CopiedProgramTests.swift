import Foundation
import Testing
import _TestSupport

/// The program alone, copied to where no label spaces lie above it.
@Suite struct CopiedProgramTests {
    private let folder = TemporaryFolder()

    private func run(_ command: String) throws -> Job {
        try Job.runScript(
            """
            cp "$(command -v causeway)" '\(folder.path)/' && cd '\(folder.path)' && unset CAUSEWAY_LABELS
            ./causeway \(command)
            """)
    }

    @Test(arguments: ["train --out run", "preview --out pictures", "check-data --out report"])
    func aLabelSpaceThatIsNotFoundIsAnErrorWithItsRemedy(command: String) throws {
        folder.write("name: x\nmethod: source-only\ndata: {source: {kind: gta, root: .}}\n", to: "x.yaml")
        let job = try run("\(command) --config x.yaml")
        #expect(job.status == 1, "\(job.output)")
        #expect(
            job.output.contains("labelSpace") && job.output.contains("cityscapes19")
                && job.output.contains("CAUSEWAY_LABELS") && !job.output.contains("precondition"), "\(job.output)")
    }

    @Test(arguments: ["--model lidaps-mit-b0 --crop 64", "--uda --crop 64", "--infer 64x64"])
    func aBenchmarkOfNoSettingSaysSoToo(arguments: String) throws {
        let job = try run("bench step --steps 1 --warmup 0 --threads 1 \(arguments)")
        #expect(job.status == 1, "\(job.output)")
        #expect(job.output.contains("error: labelSpace: there is no label space"), "\(job.output)")
    }
}
