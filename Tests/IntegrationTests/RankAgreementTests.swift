import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Ranks that were not started alike, or that see other files, end the job before the first step: one of them names
    /// the odd one and the first thing that differs.
    @Suite struct RankAgreementTests {
        /// A way in which the last rank is odd.
        struct Oddity: CustomTestStringConvertible {
            /// Said of the last rank; the error goes on with it.
            let claim: String
            var ranks = 2
            /// More arguments of every rank.
            var common: [String] = []
            /// More arguments of the last rank.
            var odd: [String] = []
            /// Shell commands of the last rank before it starts. `$DATA` is a copy of the data set of its own;
            /// it works in `$FILES/usual`, as the others do.
            var preparation = ""

            var testDescription: String { (odd + [preparation]).joined(separator: " ") }
        }

        static let settings = [
            Oddity(claim: "seed is '3' instead of '2'", odd: ["--set", "seed=3"]),
            Oddity(claim: "data.crop.height is '32' instead of '64'", odd: ["--set", "data.crop.height=32"]),
            Oddity(claim: "training.batch.images is '8' instead of '4'", odd: ["--set", "training.batch.images=8"]),
            Oddity(
                claim: "training.batch.kind is 'per-student' instead of 'global'",
                odd: ["--set", "training.batch={kind: per-student, images: 2}"]),
            Oddity(
                claim: "optimizer.headLearningRate is '0.5' instead", odd: ["--set", "optimizer.headLearningRate=0.5"]),
            Oddity(claim: "training.steps is '9' instead of '20'", odd: ["--set", "training.steps=9"]),
            Oddity(claim: "checkpoint.every is '7' instead of '100'", odd: ["--set", "checkpoint.every=7"]),
            Oddity(claim: "distribution.teachers is '0' instead of 'auto'", odd: ["--set", "distribution.teachers=0"]),
            Oddity(
                claim: "distribution.teachers is '0' instead of '1'", ranks: 3,
                common: ["--set", "distribution.teachers=1"], odd: ["--set", "distribution.teachers=0"]),
            Oddity(claim: "distribution.teacherLag is '1' instead of '0'", odd: ["--set", "distribution.teacherLag=1"]),
            Oddity(claim: "method.kind is 'source-only' instead of 'dacs'", odd: ["--set", "method=source-only"]),
            Oddity(
                claim: "distribution.bucketMegabytes is '2.0' instead of '0.5'",
                odd: ["--set", "distribution.bucketMegabytes=2"]),
            Oddity(
                claim: "distribution.batchNormStatistics is 'per-rank' instead of 'global'",
                odd: ["--set", "distribution.batchNormStatistics=per-rank"]),
            Oddity(claim: "evaluation.every is '5' instead", odd: ["--set", "evaluation.every=5"]),
            Oddity(claim: "log.every is '2' instead of '1'", odd: ["--set", "log.every=2"]),
            Oddity(claim: "engine.threads is '2' instead of '1'", odd: ["--set", "engine.threads=2"]),
            Oddity(claim: "--resume is 'given' instead of 'not given'", odd: ["--resume"]),
            Oddity(claim: "--out is '/tmp/elsewhere' instead of", odd: ["--out", "/tmp/elsewhere"]),
            Oddity(
                claim: "it has evaluation.dataset.kind 'cityscapes' instead of evaluation.dataset 'null'",
                odd: ["--set", "evaluation.dataset={kind: cityscapes, root: \"${TOYTOWN}/camera\", split: val}"]),
        ]

        private static let images = "leftImg8bit/train/toytown"
        static let files = [
            Oddity(
                claim: "data.source, what labels mean is 'label ids of cityscapes19 ",
                common: ["--set", "labelSpace=camvid11"],
                preparation: "mkdir $DATA/labels; cp \(RepositoryFile.path("configs/labels"))/*.yaml $DATA/labels; "
                    + "sed -i 's/ids: 7}/ids: 77}/' $DATA/labels/cityscapes19.yaml; export "
                    + "CAUSEWAY_LABELS=$DATA/labels"),
            Oddity(
                claim: "data.source, image 4 is 'render/\(images)/toytown_000004_leftImg8bit.png, ",
                preparation: "rm $DATA/render/*/train/toytown/toytown_000003_*"),
            Oddity(
                claim: "data.target, image 8 is 'camera/\(images)/zebra_leftImg8bit.png, ",
                preparation: "mv $DATA/camera/\(images)/toytown_000007_leftImg8bit.png "
                    + "$DATA/camera/\(images)/zebra_leftImg8bit.png; rm $DATA/camera/gtFine/train/toytown/*"),
            Oddity(
                claim: "it has data.target, number of images '7' instead of data.target, image 8 '",
                preparation: "rm $DATA/camera/*/train/toytown/toytown_000007_*"),
            Oddity(
                claim: "data.source, label 1 is 'render/gtFine/train/toytown/toytown_000000_gtFine_labelIds.png, ",
                preparation: "echo >> $DATA/render/gtFine/train/toytown/toytown_000000_gtFine_labelIds.png"),
            Oddity(
                claim: "evaluation.dataset, image 1 is 'leftImg8bit/val/toytown/toytown_000001_leftImg8bit.png, ",
                common: ["--set", "evaluation.dataset={kind: cityscapes, root: \"${TOYTOWN}/camera\", split: val}"],
                preparation: "rm $DATA/camera/*/val/toytown/toytown_000000_*"),
            // The file is named by a path that is relative to where a rank works.
            Oddity(
                claim: "content of model.weights is '",
                common: ["--set", "model={weights: weights.bin, loads: network}"],
                preparation: "cd $FILES/odd"),
            Oddity(
                claim: "content of model.weights is 'weights.bin, which cannot be read' instead of '",
                common: ["--set", "model={weights: weights.bin, loads: network}"], preparation: "cd /"),
        ]

        @Test(arguments: settings) func anotherSettingIsNamed(oddity: Oddity) throws {
            try expectNamed(oddity)
        }

        @Test(arguments: files) func anotherFileIsNamed(oddity: Oddity) throws {
            try expectNamed(oddity)
        }

        /// What one rank alone finds wrong before it meets the others ends the job as well, and is said.
        @Test(arguments: [
            ("--set training.stpes=3", "stpes: unknown key"), ("--config /nowhere.yaml", "/nowhere.yaml"),
            ("--set data.target.root=/nowhere", "differs from"), ("--help", "differs from"),
        ]) func aRankThatFailsAloneEndsTheJob(odd: String, claim: String) throws {
            let folder = TemporaryFolder()
            let job = try run(
                Oddity(claim: claim, odd: odd.split(separator: " ").map(String.init)), in: folder)
            #expect(job.status != 0, "\(job.output)")
            #expect(job.output.contains(claim), "\(job.output)")
            #expect(job.seconds < Job.soonSeconds)
            #expect(!FileManager.default.fileExists(atPath: folder.file("out/log.jsonl")))
        }

        private func expectNamed(_ oddity: Oddity) throws {
            let folder = TemporaryFolder()
            let job = try run(oddity, in: folder)
            #expect(job.status == 1, "\(job.output)")
            let lines = job.standardError.split(separator: "\n").filter { $0.contains("differs from") }
            #expect(lines.count == 1, "\(job.output)")
            #expect(lines.first?.contains("rank \(oddity.ranks - 1) on ") == true, "\(job.output)")
            #expect(lines.first?.contains(oddity.claim) == true, "\(job.output)")
            #expect(!job.output.contains("signal"), "\(job.output)")
            #expect(job.seconds < Job.soonSeconds)
            #expect(!FileManager.default.fileExists(atPath: folder.file("out/log.jsonl")))
        }

        private func run(_ oddity: Oddity, in folder: TemporaryFolder) throws -> Job {
            // Two files of the same name and size, which would be refused as weights if they were read.
            for (name, text) in [("usual", "weights"), ("odd", "WEIGHTS")] {
                folder.makeFolder(name)
                folder.write(text, to: "\(name)/weights.bin")
            }
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            let arguments = ["train", "--config", setting, "--out", folder.file("out")] + oddity.common
            let script = folder.write(
                """
                #!/bin/sh
                FILES='\(folder.path)'
                cd $FILES/usual
                if [ "$OMPI_COMM_WORLD_RANK" = \(oddity.ranks - 1) ]; then
                    DATA='\(folder.path)/data'
                    \(oddity.preparation.isEmpty ? "" : "cp -r \"$TOYTOWN\" $DATA; export TOYTOWN=$DATA")
                    \(oddity.preparation)
                    exec '\(try Job.sibling("causeway"))' "$@" \(oddity.odd.map { "'\($0)'" }.joined(separator: " "))
                fi
                exec '\(try Job.sibling("causeway"))' "$@"
                """, to: "program")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            return try Job.run(
                script, arguments, ranks: oddity.ranks, settings: ["TOYTOWN": TinyToytown.path])
        }
    }
}
