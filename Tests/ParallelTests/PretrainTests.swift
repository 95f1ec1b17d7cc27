import Foundation
import Testing
import _TestSupport

extension ParallelJobs {
    /// `launch/pretrain --until`, with a stand-in that saves a checkpoint of 250 steps more every third of a second.
    @Suite struct PretrainTests {
        private let folder = TemporaryFolder()

        private static let program = """
            #!/usr/bin/env bash
            trap 'stopped=yes' TERM
            case "$1" in
            evaluate) echo '{"scores":[{"mPQ":34.56,"mIoU":12.34,"mIoUWithoutCrowds":45.67,"classes.AP50":{"car":99.9}}],"mAP50":[23.44]}' && exit ;;
            export) mkdir -p "$4" && echo "of $2" >"$4/model.safetensors" && exit ;;
            train) echo "$*" >>TRAININGS ;;
            *) exit ;;
            esac
            while [[ $# -gt 0 ]]; do
                [[ "$1" != --out ]] || folder="$2"
                shift
            done
            for step in 000250 000500 000750 001000; do
                sleep 0.3
                [[ -z "$stopped" ]] || exit 75
                mkdir -p "$folder/checkpoints/step-$step"
                echo "  steps: 1000" >"$folder/resolved.yaml"
                touch "$folder/checkpoints/step-$step/index.json"
            done
            """

        /// A repository that has nothing but the scripts, the stand-in, and a compiler that is always done.
        private func pretrain(_ arguments: String) throws -> Job {
            let trainings = folder.file("trainings")
            for (name, text) in [
                (".build/release/causeway", Self.program.replacingOccurrences(of: "TRAININGS", with: trainings)),
                ("bin/swift", "#!/bin/sh\n[ \"$1\" != --version ] || echo 'Swift version 99.0'\n"),
            ] {
                folder.makeFolder(String(name.prefix { $0 != "/" }) + (name.hasPrefix(".build") ? "/release" : ""))
                let path = folder.write(text, to: name)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
            return try Job.runScript(
                """
                cp -r launch Package.swift '\(folder.path)/'
                export PATH='\(folder.path)/bin':"$PATH"
                exec bash '\(folder.path)/launch/pretrain' --threads 1 \(arguments)
                """)
        }

        private func text(_ name: String) -> String {
            (try? String(contentsOfFile: folder.file(name), encoding: .utf8)) ?? ""
        }

        @Test func itStopsAfterTheCheckpointThatIsWantedAndTakesIt() throws {
            let run = "runs/pretraining"
            let job = try pretrain("--until 500")
            #expect(job.status == 0, "\(job.output)")
            let saved = try FileManager.default.contentsOfDirectory(atPath: folder.file("\(run)/run/checkpoints"))
            #expect(saved.sorted().prefix(2) == ["step-000250", "step-000500"] && saved.count < 4)
            #expect(
                text("\(run)/result/painted-mit-b0-step-500.safetensors")
                    == "of \(folder.path)/\(run)/run/checkpoints/step-000500\n")
            let page = text("\(run)/result/painted-mit-b0-step-500.md")
            #expect(page.contains("- Recipe: `launch/pretrain --images 3000 --until 500`, commit "), "\(page)")
            #expect(
                page.contains("- Steps: 500 of 1000\n") && page.contains("| 12.3 | 12.3 | 12.3 | 12.3 |"), "\(page)")
            // What is there already is not trained again.
            #expect(try pretrain("--until 500").status == 0)
            #expect(text("trainings").split(separator: "\n").count == 1)
        }

        /// Scores of objects are no headline, and stand in a list in what `evaluate` writes.
        @Test(arguments: [
            ("objects", "instance", "mask2former", "AP50 in percent", "23.4"),
            ("panoptic", "panoptic", "edaps", "mPQ, mean IoU and AP50 in percent", "34.6, 45.7, 23.4"),
        ])
        func objectsHaveSettingsAndScoresOfTheirOwn(
            option: String, setting: String, network: String, title: String, scores: String
        ) throws {
            let job = try pretrain("--\(option) --until 250")
            #expect(job.status == 0, "\(job.output)")
            #expect(text("trainings").contains("configs/toytown/\(setting)-pretraining.yaml"))
            let page = text("runs/\(setting)-pretraining/result/painted-\(network)-mit-b0-step-250.md")
            #expect(
                page.contains("- Recipe: `launch/pretrain --\(option) --images 3000 --until 250`, commit "), "\(page)")
            let row = String(repeating: "| \(scores) ", count: 4) + "|"
            #expect(page.contains(title) && page.contains(row), "\(page)")
        }

        @Test func aStepWithoutACheckpointIsNamed() throws {
            let job = try pretrain("--until 600")
            #expect(job.status == 1, "\(job.output)")
            #expect(
                job.standardError.contains(
                    "has no checkpoint of step 600: give a multiple of checkpoint.every, not above training.steps"),
                "\(job.output)")
        }
    }
}
