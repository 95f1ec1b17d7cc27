import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Every command that reads a checkpoint verifies it, and no damage gives other numbers with status 0.
    @Suite struct CheckpointReadersTests {
        private let folder = TemporaryFolder()

        /// A stopped run of two students with checkpoints of steps 2 and 4, and without weights of its own.
        private func stoppedRun() throws -> TinyRun {
            let run = TinyRun(
                ranks: 2, "training.steps=4", "checkpoint.every=2", "method=source-only", "schedule.warmupSteps=1",
                "distribution.teachers=0")
            try run.finish()
            try FileManager.default.removeItem(atPath: run.path("weights.safetensors"))
            return run
        }

        private func change(_ path: String, _ body: (inout Data) throws -> Void) throws {
            var data = try Data(contentsOf: URL(filePath: path))
            try body(&data)
            try data.write(to: URL(filePath: path))
        }

        private func export(_ path: String, ranks: Int? = nil) throws -> (job: Job, weights: Data?) {
            let out = folder.file("exported")
            try? FileManager.default.removeItem(atPath: out)
            let job = try Job.run(
                "causeway", ["export", path, "--out", out], ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
            return (job, try? Data(contentsOf: URL(filePath: "\(out)/model.safetensors")))
        }

        @Test func aDamagedNewestOneIsNotReplacedUnasked() throws {
            let run = try stoppedRun()
            let whole = try export(run.outputFolder)
            #expect(whole.job.status == 0, "\(whole.job.output)")
            #expect(whole.job.standardError.contains("step-000004: the checkpoint of step 4 is used"))
            let shard = run.path(run.checkpointFile("shard-1.safetensors", ofStep: 4))
            try change(shard) { $0[$0.count / 2] ^= 16 }

            let images = "\(TinyToytown.path)/camera/leftImg8bit/val"
            for (arguments, ranks) in [
                (["export", run.outputFolder, "--out", folder.file("x")], nil), (["evaluate", run.outputFolder], 2),
                (["predict", run.outputFolder, "--images", images, "--out", folder.file("p")], nil),
                (["predict", run.path("checkpoints/step-000004"), "--images", images, "--out", folder.file("p")], 2),
            ] as [([String], Int?)] {
                let job = try Job.run("causeway", arguments, ranks: ranks, settings: ["TOYTOWN": TinyToytown.path])
                #expect(job.status != 0, "\(arguments): \(job.output)")
                #expect(job.standardError.contains("\(shard): has changed since it was written"), "\(job.output)")
            }
            let older = try export(run.path("checkpoints/step-000002"))
            #expect(older.job.status == 0, "\(older.job.output)")
            #expect(older.weights != nil && older.weights != whole.weights)
        }

        @Test func noFlippedBitOfACheckpointIsExported() throws {
            let run = try stoppedRun()
            let path = run.path("checkpoints/step-000004")
            for name in ["index.json", "shard-0.safetensors"] {
                let whole = try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
                for place in 0..<10 {
                    try change("\(path)/\(name)") { $0[(whole.count - 1) * place / 9] ^= 1 << (place % 8) }
                    let damaged = try export(path)
                    #expect(damaged.job.status == 1, "\(name), \(place): \(damaged.job.output)")
                    #expect(damaged.weights == nil)
                    try whole.write(to: URL(filePath: "\(path)/\(name)"))
                }
            }
            #expect(try export(path).job.status == 0)
        }

        @Test func noFlippedBitOfARunsWeightsIsExported() throws {
            let run = TinyRun("training.steps=5", "method=source-only")
            try run.finish()
            let path = run.path("weights.safetensors")
            for place in 0..<6 {
                try change(path) { $0[($0.count - 1) * place / 5] ^= 1 << (place % 8) }
                let damaged = try export(run.outputFolder)
                #expect(damaged.job.status == 1, "\(place): \(damaged.job.output)")
                #expect(damaged.job.standardError.contains(path), "\(damaged.job.output)")
                try change(path) { $0[($0.count - 1) * place / 5] ^= 1 << (place % 8) }
            }
            try change(run.path("resolved.yaml")) { $0.append(contentsOf: Array("# seen\n".utf8)) }
            let edited = try export(run.outputFolder)
            #expect(edited.job.status == 0)
            #expect(edited.job.standardError.contains("resolved.yaml has changed since"), "\(edited.job.output)")
        }

        /// To begin anew would overwrite what may be whole.
        @Test(arguments: ["damaged", "unreadable", "folder"]) func whatCannotBeReadIsNotAbsent(kind: String) throws {
            let run = try stoppedRun()
            let files = FileManager.default
            for step in [2, 4] where kind != "folder" {
                let path = run.path(run.checkpointFile("index.json", ofStep: step))
                if kind == "damaged" { try change(path) { $0[200] ^= 1 } }
                if kind == "unreadable" {
                    try files.removeItem(atPath: path)
                    try files.createSymbolicLink(atPath: path, withDestinationPath: "index.json")
                }
            }
            if kind == "folder" {
                try files.removeItem(atPath: run.path("checkpoints"))
                try files.createSymbolicLink(atPath: run.path("checkpoints"), withDestinationPath: "/nowhere/disk")
            }
            let log = try run.file("log.jsonl")
            let job = try run.train(resumes: true)
            #expect(job.status != 0, "\(job.output)")
            #expect(job.standardError.contains(run.path("checkpoints")), "\(job.output)")
            if kind == "damaged" {
                #expect(job.standardError.contains("move the folder away to begin at the first step"), "\(job.output)")
            }
            #expect(try run.file("log.jsonl") == log)
        }
    }

    @Suite struct LockedFolderTests {
        /// The second run into a folder is told, the first one goes on.
        @Test(arguments: [nil, 2] as [Int?]) func aFolderBelongsToOneRun(ranks: Int?) throws {
            let run = TinyRun(ranks: ranks, "training.steps=2000", "distribution.teachers=0")
            var second: Job?
            let first = try run.train(
                interruption: Job.Interruption(.terminate) { _ in
                    guard (try? run.log().last?.step ?? 0 >= 2) ?? false else { return false }
                    second = try? run.train(resumes: true)
                    return true
                })
            let told = try #require(second)
            #expect(told.status == 1, "\(told.output)")
            #expect(told.standardError.contains("causeway.lock: the folder is in use by process "), "\(told.output)")
            #expect(first.status == 75, "\(first.output)")
            #expect(try run.log().filter { $0.event == "start" }.count == 1)
            #expect(!FileManager.default.fileExists(atPath: run.path("causeway.lock")))
        }

        @Test func aKilledRunsFolderIsTakenOverAndSaid() throws {
            let run = TinyRun("training.steps=12", "checkpoint.every=3")
            _ = try run.train(interruption: run.interruption(.killAll, afterStep: 4))
            #expect(FileManager.default.fileExists(atPath: run.path("causeway.lock")))
            let job = try run.train(resumes: true)
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardError.contains("has ended without giving the folder back"), "\(job.output)")
            #expect(!FileManager.default.fileExists(atPath: run.path("causeway.lock")))
        }
    }
}
