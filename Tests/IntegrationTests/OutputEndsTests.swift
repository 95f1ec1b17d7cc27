import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// A terminal or a reader that goes away takes no run along.
    @Suite struct OutputEndsTests {
        @Test(arguments: [nil, 2] as [Int?], [SIGHUP, SIGUSR1]) func savesAndStops(ranks: Int?, number: Int32) throws {
            let run = TinyRun(ranks: ranks, "training.steps=4000")
            let job = try run.train(interruption: run.interruption(.signal(number), afterStep: 2))
            #expect(job.status == 75, "\(job.output)")
            #expect(try run.log().last?.event == "stop")
        }

        @Test func hangupIsIgnoredUnderNohup() throws {
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            let out = TemporaryFolder()
            let job = try Job.runScript(
                """
                nohup causeway train --config \(setting) --out \(out.path) --set training.steps=40 2>/dev/null & job=$!
                until [[ -s \(out.path)/log.jsonl ]]; do [[ -d /proc/$job ]] || exit 1; sleep 0.02; done
                kill -HUP $job; wait $job
                """, settings: ["TOYTOWN": TinyToytown.path])
            #expect(job.status == 0, "\(job.output)")
        }

        @Test(arguments: ["", "launch/mpirun -n 2 -- "]) func trainingGoesOnWhenNobodyReads(launcher: String) throws {
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            let out = TemporaryFolder()
            let job = try Job.runScript(
                """
                # The launcher removes this, and would say so.
                touch -d "2 minutes ago" "/dev/shm/vader_segment.$HOSTNAME.$EUID.unread.0"
                \(launcher)causeway train --config \(setting) --out \(out.path)/run 2>&1 | true
                exit ${PIPESTATUS[0]}
                """, settings: ["TOYTOWN": TinyToytown.path])
            #expect(job.status == 0, "\(job.output)")
            let log = try String(contentsOfFile: "\(out.path)/run/log.jsonl", encoding: .utf8)
            #expect(log.split(separator: "\n").count == 22, "\(log)")
        }

        @Test func aTableThatNobodyReadsEndsQuietlyAndOneThatCannotBeWrittenDoesNot() throws {
            let unread = try Job.runScript("causeway doctor | true; exit ${PIPESTATUS[0]}")
            #expect(unread.status == 0)
            #expect(unread.output == "")
            let full = try Job.runScript("exec causeway doctor >/dev/full")
            #expect(full.status == 1)
            #expect(full.standardError.contains("standard output cannot be written"), "\(full.output)")
        }
    }
}
