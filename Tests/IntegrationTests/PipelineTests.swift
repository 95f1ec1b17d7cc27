import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// All stages of UDA4Inst as one command.
    @Suite struct PipelineTests {
        private let folder = TemporaryFolder()

        /// - Parameter name: of the folder of the pipeline.
        private func pipeline(
            _ name: String, ranks: Int? = nil, _ arguments: [String] = [], interruption: Job.Interruption? = nil
        ) throws -> Job {
            try Job.run(
                "causeway",
                [
                    "pipeline", "--config", RepositoryFile.path("Tests/Fixtures/integration/tiny-pipeline.yaml"),
                    "--out",
                    folder.file(name),
                ] + arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path], interruption: interruption)
        }

        private static let trainings = [
            "human-cycle/source", "vehicle/source", "human-cycle/adapted", "vehicle/adapted", "final",
        ]

        private func file(_ path: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: folder.file(path)))
        }

        private func requireEqual(_ first: String, _ second: String) throws {
            for training in Self.trainings {
                let name = "\(training)/weights.safetensors"
                #expect(try Self.values(file("\(first)/\(name)")) == Self.values(file("\(second)/\(name)")), "\(name)")
            }
            let maps = try labels(first)
            #expect(try !maps.isEmpty && maps == labels(second))
        }

        /// The tensors of a file, without its header, which names the folder of the stage before.
        private static func values(_ file: Data) -> Data {
            let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            return file.dropFirst(8 + length)
        }

        /// The maps of instance ids of the fused labels, by path.
        private func labels(_ name: String) throws -> [String: Data] {
            let root = folder.file("\(name)/fused/gtFine")
            var found: [String: Data] = [:]
            for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init()
            where path.hasSuffix("_instanceIds.png") {
                found[path] = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(path)"))
            }
            return found
        }

        @Test func oneCommandRunsAllStagesAndSaysWhichItIsAt() throws {
            let job = try pipeline("a")
            try #require(job.status == 0, "\(job.output)")
            for (number, what) in [
                (1, "source, human-cycle"), (2, "source, vehicle"), (3, "adapted, human-cycle"),
                (4, "adapted, vehicle"),
                (5, "fusion"), (6, "final"),
            ] {
                #expect(job.standardError.contains("stage \(number) of 6, \(what): "), "\(job.standardError)")
            }
            #expect(job.standardError.contains("stage 3 of 6, adapted, human-cycle: step 6/6"))
            let log = try String(decoding: file("a/final/log.jsonl"), as: UTF8.self)
            #expect(log.contains("\"event\":\"evaluation\"") && log.contains("mAP50"))
            let setting = try String(decoding: file("a/vehicle/adapted/resolved.yaml"), as: UTF8.self)
            #expect(setting.contains("vehicle/source/weights.safetensors") && setting.contains("loads: network"))
            #expect(setting.contains("group: [\"car\", \"truck\", \"bus\", \"train\"]"))

            // Nothing is left to do; and a folder that is taken is not written over.
            let again = try pipeline("a", ["--resume"])
            #expect(
                again.status == 0 && again.standardError.contains("stage 6 of 6, final: done before"), "\(again.output)"
            )
            let refused = try pipeline("a")
            #expect(refused.status != 0)
            #expect(refused.output.contains("has what an earlier job of the pipeline did; go on with --resume"))
            let mended = try pipeline("a", ["--resume", "--set", "fusion.minScore=0.05"]
                    + ["--set", "final.data.source.resize={height: 256, width: 512}"])
            #expect(
                mended.status != 0 && mended.output.contains("fusion.minScore: '0.02', now '0.05'"), "\(mended.output)")
            #expect(
                mended.output.contains("/a/final was begun with them; take the values back, or remove both folders"))

            // However often: what is done stays as it is, and every key that differs is named.
            for _ in 0..<2 {
                let changed = try pipeline("a", ["--resume", "--set", "source.optimizer.headLearningRate=1e-5"])
                #expect(changed.status == 0, "\(changed.output)")
                for title in ["stage 1 of 6, source, human-cycle", "stage 2 of 6, source, vehicle"] {
                    #expect(
                        changed.standardError.contains("warning: \(title) was done with another setting"),
                        "\(changed.output)")
                }
                #expect(changed.standardError.contains("    optimizer.headLearningRate: '"), "\(changed.output)")
                #expect(!changed.standardError.contains("stage 3 of 6, adapted, human-cycle was done with another"))
            }
        }

        /// What the models of a pipeline find together has one score, whoever asks; from a start that finds something.
        @Test func theModelsOfAPipelineAreScoredTogether() throws {
            let made = folder.file("scored")
            func job(_ arguments: [String], ranks: Int? = nil) throws -> Job {
                try Job.run("causeway", arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
            }
            let changes = [
                "data.source.root=${TOYTOWN}", "data.target.root=${TOYTOWN}", "evaluation.dataset.root=${TOYTOWN}",
                "training.steps=2", "schedule.warmupSteps=1", "evaluation.every=2",
            ].flatMap { ["--set", "stages.\($0)"] }
            let pipeline = try job(
                ["pipeline", "--config", RepositoryFile.path("configs/pipelines/instance-render-to-camera/uda4inst.yaml")]
                    + ["--out", made, "--set", "name=pair", "--set", "fusion.minScore=0.05"]
                    + ["--set", "final.data.source.resize={height: 256, width: 512}"] + changes)
            try #require(pipeline.status == 0, "\(pipeline.output)")

            let evaluation = try job(["evaluate", made, "\(made)/final", "--json"], ranks: 2)
            let parts = evaluation.standardOutput.components(separatedBy: "\"mAP\":")
            try #require(parts.count > 1, "\(evaluation.output)")
            let score = try #require(Double(parts[1].prefix { !",}".contains($0) }), "\(evaluation.output)")
            let kept = try String(decoding: file("scored/fused/fused.json"), as: UTF8.self)
            #expect(score > 0 && kept.contains("\"mAP\":\(score),"), "\(kept) \(score)")
            #expect(evaluation.output.contains("\"pair\"") && evaluation.output.contains("\"pair, final\""))

            let summary = try job(["summarize", made])
            #expect(summary.output.contains("| pair | 4 x 2 steps of 3 crops, 192x192 |"), "\(summary.output)")
            #expect(summary.output.contains("| pair, final | 5 x 2 steps of 3 crops, 192x192 |"), "\(summary.output)")
            let export = try job(["export", made, "--out", folder.file("export")])
            #expect(export.status != 0 && export.output.contains("has a network for each group"), "\(export.output)")
        }

        /// The remedy that the error names works, without the folder being removed.
        @Test func labelsWithoutAnObjectAreMadeAnewWithALowerScore() throws {
            let empty = try pipeline("empty", ["--set", "fusion.minScore=1"])
            #expect(empty.status != 0 && empty.output.contains("sure of no object in any of"), "\(empty.output)")
            #expect(empty.output.contains("go on with --resume and a lower fusion.minScore"), "\(empty.output)")
            let mended = try pipeline("empty", ["--resume"])
            try #require(mended.status == 0, "\(mended.output)")
            #expect(
                mended.standardError.contains("the labels are made anew, with other values than before"),
                "\(mended.output)")
            #expect(
                mended.standardError.contains("fusion.minScore: '1") && mended.standardError.contains("now '0.02'"),
                "\(mended.output)")
            #expect(try labels("empty").values.contains { $0.count > 0 })
        }

        /// While its scores are made, after its last step.
        @Test func aStopAtTheEndOfAStageBeginsNoOther() throws {
            let path = folder.file("stopped/human-cycle/source/log.jsonl")
            let job = try pipeline(
                "stopped",
                interruption: Job.Interruption(.terminate) { _ in
                    (try? String(contentsOfFile: path, encoding: .utf8).contains("\"step\":6,")) ?? false
                })
            #expect(job.status == 75, "\(job.output)")
            #expect(
                job.standardError.contains(
                    "stopped before stage 2 of 6, source, vehicle; what was done before is kept"),
                "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: folder.file("stopped/vehicle")))
            #expect(!FileManager.default.fileExists(atPath: folder.file("stopped/human-cycle/source/causeway.lock")))
        }

        /// Killed in every stage, and gone on with: the bits of an uninterrupted job.
        @Test func aPipelineGoesOnInsideAndBetweenStages() throws {
            let whole = try pipeline("whole", ["--set", "stages.checkpoint.every=2"])
            try #require(whole.status == 0, "\(whole.output)")
            var resume: [String] = []
            for training in Self.trainings {
                let path = folder.file("parts/\(training)/log.jsonl")
                let job = try pipeline(
                    "parts", ["--set", "stages.checkpoint.every=2"] + resume,
                    interruption: Job.Interruption(.killAll) { _ in
                        (try? String(contentsOfFile: path, encoding: .utf8).contains("\"step\":3,")) ?? false
                    })
                #expect(job.status != 0, "killed too late to prove anything: \(training)")
                resume = ["--resume"]
            }
            let last = try pipeline("parts", ["--set", "stages.checkpoint.every=2", "--resume"])
            try #require(last.status == 0, "\(last.output)")
            try requireEqual("whole", "parts")
        }

        /// The groups on two ranks each, and one after the other on two: the same weights.
        @Test func groupsMayBeTrainedSideBySide() throws {
            let beside = try pipeline("beside", ranks: 2, ["--set", "jobs=side-by-side"])
            try #require(beside.status == 0, "\(beside.output)")
            let alone = try pipeline("alone", ["--stage", "source"])
            try #require(alone.status == 0, "\(alone.output)")
            for group in ["human-cycle", "vehicle"] {
                let name = "\(group)/source/weights.safetensors"
                #expect(try Self.values(file("beside/\(name)")) == Self.values(file("alone/\(name)")))
            }
            let odd = try pipeline("odd", ranks: 3, ["--set", "jobs=side-by-side"])
            #expect(odd.status != 0)
            #expect(
                odd.output.contains("jobs: side-by-side shares the ranks out evenly, and 3 do not divide by 2 groups"),
                "\(odd.output)")
        }

        /// Models that are not adapted: what they see together is fused, scored and learnt.
        @Test func theSecondStageMayBeLeftOut() throws {
            let job = try pipeline("plain", ["--set", "adapted=null"])
            try #require(job.status == 0, "\(job.output)")
            for (number, what) in [(1, "source, human-cycle"), (2, "source, vehicle"), (3, "fusion"), (4, "final")] {
                #expect(job.standardError.contains("stage \(number) of 4, \(what): "), "\(job.standardError)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.file("plain/vehicle/adapted")))
            #expect(try !labels("plain").isEmpty)
            // Labels are the end where nothing is trained on them.
            let short = try pipeline("short", ["--set", "adapted=null", "--set", "final=null"])
            #expect(short.status == 0 && short.standardError.contains("stage 3 of 3, fusion: "), "\(short.output)")
            #expect(try labels("short") == labels("plain"))
        }

        private func examine(_ command: [String], _ arguments: [String] = []) throws -> Job {
            let file = RepositoryFile.path("Tests/Fixtures/integration/tiny-pipeline.yaml")
            return try Job.run(
                "causeway", command + ["--config", file] + arguments, ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
        }

        /// Each training by its stage, without what stages make for each other.
        @Test func doctorExaminesAllTrainings() throws {
            let job = try examine(["doctor", "--ranks", "2"])
            #expect(job.status == 0, "\(job.output)")
            for claim in [
                "source: setting ", "adapted: batch ", "6 in all", "final: memory of a job ",
                "tiny-pipeline, adapted, human-cycle, mask2former-mit-b0",
            ] { #expect(job.output.contains(claim), "\(claim): \(job.output)") }
            #expect(!job.output.contains("is not here"), "\(job.output)")
            let odd = try examine(["doctor", "--ranks", "3", "--set", "jobs=side-by-side"])
            #expect(odd.status == 1)
            #expect(odd.output.contains("source: ranks"), "\(odd.output)")
            #expect(odd.output.contains("3 do not divide by 2 groups that train side by side"), "\(odd.output)")
            let beside = try examine([
                "doctor", "--ranks", "4", "--nodes", "2", "--cores", "4", "--set", "jobs=side-by-side",
            ])
            #expect(beside.output.contains("(2 ranks on 4 cores of a node)"), "\(beside.output)")
        }

        /// Each data set once.
        @Test func dataOfAllTrainingsAreChecked() throws {
            let job = try examine(["check-data"], ["--json"])
            #expect(job.status == 0, "\(job.output)")
            let keys = job.standardOutput.components(separatedBy: "\"key\":").dropFirst().map {
                String($0.trimmingCharacters(in: .whitespaces).dropFirst().prefix { $0 != "\"" })
            }
            #expect(keys == ["source.data.source", "source.data.target", "final.evaluation.dataset"], "\(job.output)")
        }

        @Test func aPipelineIsNoSettingOfOneTraining() throws {
            for command in [["train", "--out", folder.file("x")], ["preview", "--out", folder.file("y")]] {
                let job = try examine(command)
                #expect(job.status != 0, "\(command)")
                #expect(
                    job.output.contains("groups: is of a pipeline, whose file is no setting of one training"),
                    "\(job.output)")
            }
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny-objects.yaml")
            let job = try Job.run(
                "causeway", ["pipeline", "--config", setting, "--out", folder.file("z")], ranks: nil,
                settings: ["TOYTOWN": TinyToytown.path])
            #expect(job.status != 0)
            #expect(
                job.output.contains("method: is of the setting of one training, which is no pipeline"), "\(job.output)")
        }

        @Test(arguments: [
            (
                ["--set", "groups=[{name: one, classes: [person, car]}]"],
                "groups: 'rider' is in no group, and no model would"
            ),
            (["--set", "groups=[{name: a/b, classes: [person]}]"], "groups[0].name: 'a/b' cannot name a folder"),
            (["--set", "groups=[{name: a, classes: [person, person]}]"], "groups[0].classes: 'person' stands twice"),
            (["--set", "groups=[]"], "groups: there is none"),
            (["--set", "final.data.crop.height=1000"], "data.crop"),
            (["--set", "adapted.method.kind=nothing"], "method.kind: expected one of"),
            (["--group", "cats"], "--group cats: there is no such group; the pipeline has human-cycle, vehicle"),
            (["--stage", "adapted", "--group", "vehicle"], "vehicle/source/weights.safetensors: is missing"),
            (["--stage", "final", "--group", "vehicle"], "the stage 'final' is one for all groups; leave --group out"),
        ])
        func whatCannotWorkIsFoundBeforeTheFirstStage(arguments: [String], message: String) throws {
            let job = try pipeline("refused", arguments)
            #expect(job.status != 0 && job.output.contains(message), "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: folder.file("refused/human-cycle/source/log.jsonl")))
        }
    }
}
