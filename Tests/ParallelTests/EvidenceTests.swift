import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// The runs behind `launch/evidence`, with a stand-in that takes a fifth of a second a step: long enough to be met
    /// at work.
    @Suite struct EvidenceTests {
        private let folder = TemporaryFolder()

        private static let program = """
            #!/usr/bin/env bash
            folder="" command="$1" stopped="" arguments="$*"
            trap 'stopped=yes' TERM
            if [[ "$command" == evaluate ]]; then mkdir -p "$2/report"; echo "{}" >"$2/report/scores.json"; exit; fi
            while [[ $# -gt 0 ]]; do
                [[ "$1" != --out ]] || folder="$2"
                [[ "$1" != --config ]] || setting="$2"
                shift
            done
            case "$command" in
            bench) echo '{"step_s":0.2,"steps":5}' && exit ;;
            doctor)
                [[ "$arguments" == *" --ranks "* ]] || exit 1
                echo '[{"topic":"setting","status":"ok","value":"x, y, 12 steps","remedy":""}]' && exit
                ;;
            esac
            [[ "$setting" != */bad ]] || { echo "error: a bad setting"; exit 1; }
            step="$(cat "$folder/saved" 2>/dev/null || echo 0)"
            [[ ! -d "$folder/checkpoints/step-000006" || "$step" -gt 0 ]] || step=6
            echo "from $step" >>"$folder/begins"
            while [[ $step -lt 12 ]]; do
                step=$((step + 1))
                echo "$step" >"$folder/saved"
                echo "{\\"step\\":$step,\\"event\\":\\"train\\"}" >>"$folder/log.jsonl"
                [[ $((step % 6)) -ne 0 ]] || mkdir -p "$folder/checkpoints/$(printf 'step-%06d' $step)"
                [[ $((step % 6)) -ne 0 ]] || touch "$folder/checkpoints/$(printf 'step-%06d' $step)/index.json"
                [[ -z "$stopped" ]] || exit 75
                sleep 0.2
            done
            echo weights >"$folder/weights.safetensors"
            """

        /// - Returns: the path of what the scripts start as `causeway`.
        private func writeProgram(_ text: String) throws -> String {
            let program = folder.write(text, to: "causeway")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            return program
        }

        /// A script with three runs, two at a time.
        ///
        /// - Parameter beginning: of `third`, as the script's `beginning_of` prints it.
        private func script(_ last: String = "first", seed: Int = 2, beginning: String = "") throws -> String {
            let program = try writeProgram(Self.program)
            return folder.write(
                """
                source launch/common.sh
                source launch/runs.sh
                OUT=\(folder.path) JOBS=2 CAUSEWAY=\(program)
                folder_of() { echo "$OUT/runs/$1/seed-$2"; }
                setting_of() { echo "settings/$1"; }
                is_pipeline() { false; }
                ranks_of() { echo 1; }
                beginning_of() { [[ "$1" != third ]] || echo "\(beginning)"; }
                kept_of() { [[ "$1" != first ]] || checkpoint_name 6; }
                changes_of() { options=(--set "seed=$2"); }
                write_tables() { echo table >>"$OUT/tables"; }
                add_run first 1
                add_run \(last) \(seed)
                add_run third 1
                [[ "${1:-}" != --status ]] || { show_runs; exit; }
                lock_folder || fail "another works, $(<"$OUT/evidence.lock")"
                measure_steps
                train_runs
                [[ -z "$stopping" ]] || exit 75
                for line in "${failed[@]}"; do say "failed: $line"; done
                [[ ${#failed[@]} -eq 0 ]]
                """, to: "script")
        }

        private func start(
            _ script: String, until text: String?, _ action: Job.Interruption.Action = .signal(SIGKILL)
        ) throws -> Job {
            try Job.runScript(
                "exec bash \(script)",
                interruption: text.map { text in .init(action) { $0.contains(text) } })
        }

        private func text(_ name: String) -> String {
            (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
        }

        private static let runs = ["first/seed-1", "first/seed-2", "third/seed-1"]

        private func expectAllWhole(_ job: Job) {
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.contains("3 of 3 runs are whole\n"), "\(job.output)")
            for run in Self.runs { #expect(text("runs/\(run)/saved") == "12\n") }
        }

        @Test func allRunsAreTrainedAndFinishedOnesAreKept() throws {
            let script = try script()
            let job = try start(script, until: nil)
            expectAllWhole(job)
            #expect(job.output.contains("0 of 3 runs are whole; about 1 min left"), "\(job.output)")
            #expect(text("tables").split(separator: "\n").count == 3)
            expectAllWhole(try start(script, until: nil))
            for run in Self.runs { #expect(text("runs/\(run)/begins") == "from 0\n") }
        }

        /// The runs of a killed script go on; the next one waits for them instead of starting them twice.
        @Test func aKilledScriptLosesNothing() throws {
            let script = try script()
            let killed = try start(script, until: "started first, seed 2")
            #expect(killed.status == SIGKILL, "\(killed.output)")
            let job = try start(script, until: nil)
            expectAllWhole(job)
            #expect(!job.output.contains("started first"), "\(job.output)")
            for run in Self.runs { #expect(text("runs/\(run)/begins") == "from 0\n") }
        }

        @Test func aKilledRunGoesOn() throws {
            let process = folder.file("runs/first/seed-1/process")
            let job = try start(
                try script(), until: "started first, seed 2",
                .perform {
                    let saved = folder.file("runs/first/seed-1/saved")
                    for _ in 0..<1000 where !FileManager.default.fileExists(atPath: saved) { usleep(10_000) }
                    guard let text = try? String(contentsOfFile: process, encoding: .utf8) else { return }
                    kill(-(pid_t(text.filter { $0.isNumber }) ?? 0), SIGKILL)
                })
            expectAllWhole(job)
            #expect(job.output.contains("first, seed 1 was stopped (status 137); it goes on"), "\(job.output)")
            #expect(text("runs/first/seed-1/begins").split(separator: "\n").count == 2)
        }

        @Test(arguments: [SIGTERM, SIGINT]) func askedToStopItLetsTheRunsSave(number: Int32) throws {
            let script = try script()
            let job = try start(script, until: "started first, seed 2", .signal(number))
            #expect(job.status == 75, "\(job.output)")
            let status = try Job.runScript("bash \(script) --status")
            #expect(status.output.contains("first                                         seed 1  half done, had come to step "))
            #expect(status.output.contains("0 of 3 runs are whole"), "\(status.output)")
            expectAllWhole(try start(script, until: nil))
        }

        @Test func aSecondStartIsRefusedWhileTheFirstWorks() throws {
            let script = try script()
            let begins = folder.file("runs/first/seed-1/begins")
            let job = try Job.runScript(
                """
                bash \(script) &
                until [[ -e \(begins) ]] || ! kill -0 $! 2>&1; do sleep 0.05; done
                bash \(script); echo status $?; wait $!
                """)
            #expect(job.output.contains("another works, process "), "\(job.output)")
            #expect(job.output.contains("status 1\n"), "\(job.output)")
            expectAllWhole(job)
        }

        /// A run that begins as another one waits for its checkpoint, which stays, and has the log up to there.
        @Test func aSharedBeginningIsTrainedOnce() throws {
            let script = try script(beginning: "first 6")
            let job = try start(script, until: nil)
            expectAllWhole(job)
            #expect(text("runs/third/seed-1/begins") == "from 6\n", "\(job.output)")
            let lines = text("runs/third/seed-1/log.jsonl").split(separator: "\n")
            #expect(lines.map { $0.dropFirst(8).prefix { $0.isNumber } } == (1...12).map { "\($0)" })
            func checkpoints(_ run: String) -> [String]? {
                try? FileManager.default.contentsOfDirectory(atPath: folder.file("runs/\(run)/checkpoints"))
            }
            #expect(checkpoints("first/seed-1") == ["step-000006"])
            #expect(checkpoints("third/seed-1") == nil)
            // Deleted, it begins there again; without the other one at its own start.
            try FileManager.default.removeItem(atPath: folder.file("runs/third"))
            expectAllWhole(try start(script, until: nil))
            #expect(text("runs/third/seed-1/begins") == "from 6\n")
        }

        @Test func aRunDoesNotWaitForABeginningThatNobodyTrains() throws {
            for beginning in ["elsewhere 6", "elsewhere source"] {
                expectAllWhole(try start(try script(beginning: beginning), until: nil))
                #expect(text("runs/third/seed-1/begins") == "from 0\n")
                try FileManager.default.removeItem(atPath: folder.file("runs"))
            }
        }

        /// Of one that fails, neither.
        @Test func aRunDoesNotWaitForABeginningThatFails() throws {
            let job = try start(try script("bad", seed: 1, beginning: "bad 6"), until: nil)
            #expect(job.output.contains("2 of 3 runs are whole"), "\(job.output)")
            #expect(text("runs/third/seed-1/begins") == "from 0\n")
        }

        /// Of a run in several stages the source stages are taken, once it is whole.
        @Test func sourceStagesAreTaken() throws {
            for stage in ["source", "adapted"] {
                folder.makeFolder("runs/whole/seed-1/group/\(stage)")
                folder.write("weights", to: "runs/whole/seed-1/group/\(stage)/weights.safetensors")
            }
            func taken() throws -> String {
                try Job.runScript(
                    """
                    source launch/common.sh
                    source launch/runs.sh
                    OUT=\(folder.path)
                    folder_of() { echo "$OUT/runs/$1/seed-$2"; }
                    beginning_of() { echo "whole source"; }
                    add_run whole 1
                    add_run new 1
                    ! must_wait "new 1" || echo waits
                    take_beginning "new 1" "$OUT/runs/new/seed-1"
                    [[ ! -d "$OUT/runs/new/seed-1" ]] || (cd "$OUT/runs/new/seed-1" && find . -type f)
                    """
                ).standardOutput
            }
            #expect(try taken() == "waits\n")
            folder.write("", to: "runs/whole/seed-1/done")
            #expect(try taken() == "==> new, seed 1 begins with what whole has done\n./group/source/weights.safetensors\n")
        }

        /// Rows in several stages, or on several ranks, are not measured before; names of any length leave the columns.
        @Test func whatNobodyKnowsIsNotCountedAsNothing() throws {
            func status(_ known: String) throws -> String {
                let script = folder.write(
                    """
                    source launch/common.sh
                    source launch/runs.sh
                    OUT=\(folder.path) JOBS=2
                    folder_of() { echo "$OUT/runs/$1/seed-$2"; }
                    add_run table/row-1 1
                    add_run a-table-with-a-long-name/a-row-whose-name-goes-beyond 2
                    mkdir -p "$OUT/step-times/table" "$OUT/step-times/a-table-with-a-long-name"
                    echo "\(known)" >"$OUT/step-times/table/row-1"
                    echo "0 500" >"$OUT/step-times/a-table-with-a-long-name/a-row-whose-name-goes-beyond"
                    show_runs
                    """, to: "status")
                return try Job.runScript("bash \(script)").standardOutput
            }
            let name = "a-table-with-a-long-name/a-row-whose-name-goes-beyond"
            let rows = "table/row-1" + String(repeating: " ", count: name.count - 11) + " seed 1  not begun\n"
                + name + " seed 2  not begun\n"
            #expect(try status("0 0") == rows + "0 of 2 runs are whole; how long they take is not known yet\n")
            #expect(
                try status("2 600") == rows + "0 of 2 runs are whole; about 10 min left, and 1 run of unknown length\n")
        }

        /// Other sections have images as well.
        @Test func thePaceIsThatOfTheGlobalBatch() throws {
            folder.makeFolder("runs/row/seed-1")
            folder.write(
                "data:\n  mixing:\n    images: null\ntraining:\n  batch:\n    kind: global\n    images: 6\nother:\n  more:\n    images: 1\n",
                to: "runs/row/seed-1/resolved.yaml")
            folder.write(
                String(repeating: "{\"step\":1,\"event\":\"train\",\"imagesPerSecond\":4.0}\n", count: 3),
                to: "runs/row/seed-1/log.jsonl")
            let job = try Job.runScript(
                "source launch/common.sh; source launch/runs.sh; OUT=\(folder.path); trained_pace row")
            #expect(job.standardOutput == "1.5\n", "\(job.output)")
        }

        /// Which a plan of one rank need not be possible for.
        @Test func rowsOnSeveralRanksHaveTheStepsOfTheirPlan() throws {
            let program = try writeProgram(Self.program)
            func measured(_ ranks: String) throws -> Job {
                let script = folder.write(
                    """
                    source launch/common.sh
                    source launch/runs.sh
                    OUT=\(folder.path) CAUSEWAY=\(program)
                    setting_of() { echo "settings/$1"; }
                    is_pipeline() { false; }
                    ranks_of() { echo "\(ranks)"; }
                    changes_of() { options=(); }
                    add_run several/ranks 1
                    measure_steps
                    cat "$OUT/step-times/several/ranks"
                    """, to: "measure")
                return try Job.runScript("bash \(script)")
            }
            let job = try measured("3")
            #expect(job.status == 0 && job.standardOutput == "0 12\n", "\(job.output)")
            try FileManager.default.removeItem(atPath: folder.file("step-times"))
            _ = folder.write("#!/bin/sh\nexit 1\n", to: "causeway")
            let silent = try measured("3")
            #expect(silent.status == 1)
            #expect(silent.output.contains("the steps of several/ranks cannot be measured; try "), "\(silent.output)")
        }

        /// The first stage has no teacher, so that all ranks would share its batch as students.
        @Test func ofARowInStagesAloneTheOneWithATeacherIsOnSeveralRanks() throws {
            let program = try writeProgram(
                "#!/usr/bin/env bash\necho \"$OMPI_COMM_WORLD_RANK: $*\" >>\"\(folder.path)/jobs-${OMPI_COMM_WORLD_RANK:-alone}\"\n")
            folder.makeFolder("row/group/source/checkpoints")
            let job = try Job.runScript(
                "source launch/common.sh; source launch/runs.sh; export CAUSEWAY_ROOT\n"
                    + "bash -c \"$RUN\" run \(folder.path)/row \(program) 2 '' pipeline --config setting")
            #expect(job.status == 0, "\(job.output)")
            let start = "pipeline --out \(folder.path)/row --resume"
            #expect(
                text("jobs-alone")
                    == ": \(start) --stage source --config setting\n: \(start) --stage fusion --config setting\n")
            for rank in 0..<2 { #expect(text("jobs-\(rank)") == "\(rank): \(start) --stage adapted --config setting\n") }
            #expect(FileManager.default.fileExists(atPath: folder.file("row/done")))
            #expect(!FileManager.default.fileExists(atPath: folder.file("row/group/source/checkpoints")))
        }

        /// The start of a run is the one that its page tells of.
        @Test(arguments: ["painted-mit-b0", "painted-mit-b0-step-2000", "painted-mask2former-mit-b0", "painted-edaps-mit-b0"])
        func aStartHasTheHashOfItsPage(name: String) throws {
            let job = try Job.runScript(
                """
                cd configs/toytown/weights
                sed -n 's/^- SHA-256: \\(.*\\)/\\1  \(name).safetensors/p' \(name).md | sha256sum --check
                """)
            #expect(job.status == 0 && job.output.contains("\(name).safetensors: OK"), "\(job.output)")
        }

        @Test func aRunThatFailsIsNamedAndKeepsNoOtherFromTraining() throws {
            let job = try start(try script("bad"), until: nil)
            #expect(job.status == 1, "\(job.output)")
            #expect(job.output.contains("failed: bad, seed 2: status 1, see "), "\(job.output)")
            #expect(job.output.contains("2 of 3 runs are whole"), "\(job.output)")
            #expect(text("runs/bad/seed-2/output.txt").contains("a bad setting"))
        }
    }
}
