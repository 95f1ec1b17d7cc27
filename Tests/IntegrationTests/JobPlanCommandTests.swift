import Configuration
import Doctor
import Foundation
import SegmentationModels
import Testing
import Training
import _TestSupport

extension IntegrationTests {
    /// `doctor --config` tells what a job would be, without data, MPI or a queue.
    @Suite struct JobPlanCommandTests {
        private func doctor(_ arguments: String...) throws -> Job {
            try Job.run("causeway", ["doctor"] + arguments, ranks: nil, settings: ["CAUSEWAY_DATA": ""])
        }

        private let published = RepositoryFile.path("configs/daformer/gta-to-cityscapes.yaml")

        @Test func tellsRolesBatchThreadsAndMemory() throws {
            let job = try doctor("--config", published, "--ranks", "3", "--nodes", "3", "--cores", "8")
            #expect(job.status == 0, "\(job.output)")
            for claim in [
                "S S T, S trains, T labels; rank 2 labels for ranks 0 and 1",
                "1 image of each domain a student, 2 in all", "8 a rank (1 rank on 8 cores of a node)",
                "GiB a student", "the environment variable CAUSEWAY_DATA is not set",
            ] { #expect(job.output.contains(claim), "\(claim): \(job.output)") }
        }

        @Test func threadsThatTakeTurnsAreAWarning() throws {
            let arguments = ["--config", published, "--ranks", "2", "--cores", "8", "--set"]
            let job = try Job.run("causeway", ["doctor"] + arguments + ["engine.threads=5"], ranks: nil)
            #expect(job.status == 0, "\(job.output)")
            #expect(
                job.output.contains("threads of a job  WARNING: 5 a rank (2 ranks on 8 cores of a node)"),
                "\(job.output)")
            #expect(
                job.output.contains(
                    "-> engine.threads=5 makes 10 threads that take turns on 8 cores; use at most 4, or auto"),
                "\(job.output)")
            let fitting = try Job.run("causeway", ["doctor"] + arguments + ["engine.threads=4"], ranks: nil)
            #expect(!fitting.output.contains("take turns on 8 cores"), "\(fitting.output)")
        }

        /// The job may be for another machine, so what this one lacks is a warning; what no machine could do is none.
        @Test(arguments: [
            ([], "", 0, "all ranks compute on cpu"),
            (["engine.device=standin"], "", 0, "all ranks compute on standin"),
            (["engine.device=cuda"], "as-card,devices:2,memory:80G", 0, "all ranks compute on cuda"),
            (
                ["engine.device=cuda"], "as-card,no-driver", 0,
                "WARNING: all ranks compute on cuda; this machine has no card: "
            ),
            (
                ["engine.device=cuda:2"], "as-card,devices:2", 0,
                "WARNING: all ranks compute on cuda:2; this machine has cuda:0, cuda:1 and no cuda:2"
            ),
            (
                ["engine.device=cuda"], "as-card,memory:80G", 0,
                "WARNING: all ranks compute on cuda; 2 ranks of a node would share 1 card"
            ),
            (
                ["engine.device=cuda"], "as-card,devices:2,memory:2G", 0,
                "WARNING: all ranks compute on cuda; a card has 2.0 GiB for 1 rank, and a student needs about "
            ),
            (
                ["engine.device=cuda", "engine.teacherDevice=cpu", "distribution.teachers=1"], "as-card,memory:80G", 0,
                "students compute on cuda, teachers on cpu"
            ),
            (["engine.device=auto"], "as-card,no-driver", 0, "devices of a job  all ranks compute on auto"),
            (
                ["engine.device=standin", "engine.teacherDevice=cpu", "distribution.teachers=1", "engine.precision=bf16"],
                "", 0, "students compute on standin, teachers on cpu, products in bf16\n"
            ),
            (
                ["engine.precision=bf16"], "", 0,
                "WARNING: all ranks compute on cpu, products in bf16; on this machine: engine.precision: bf16 cannot be "
            ),
            (["engine.precision=tf32"], "", 1, "ERROR: engine.precision: tf32 is for the tensor cores"),
        ])
        func tellsWhatRanksWouldComputeOn(changes: [String], words: String, status: Int32, text: String) throws {
            let job = try Job.run(
                "causeway",
                ["doctor", "--config", published, "--ranks", "2"] + changes.flatMap { ["--set", $0] }, ranks: nil,
                settings: ["CAUSEWAY_DATA": "", "CAUSEWAY_STANDIN": words, "CAUSEWAY_ONEDNN": "/nowhere"])
            #expect(job.status == status, "\(job.output)")
            #expect(job.output.contains(text), "\(text): \(job.output)")
        }

        @Test func whatCannotWorkIsNamedWithTheNearestNumbers() throws {
            let job = try doctor(
                "--config", published, "--ranks", "8", "--nodes", "2", "--set", "distribution.teachers=0")
            #expect(job.status == 1)
            #expect(job.output.contains("a global batch of 2 cannot be shared evenly by 8 students"), "\(job.output)")
            #expect(job.output.contains("-> start 1, 2 ranks"), "\(job.output)")
            let wrong = try doctor("--ranks", "2")
            #expect(wrong.status == 64)
            #expect(wrong.output.contains("give --config"), "\(wrong.output)")
        }

        /// The batch script's own first lines, for every published setting.
        @Test func slurmsDefaultsSuitThePublishedSettings() throws {
            let script = try RepositoryFile.text("launch/slurm.sbatch")
            func option(_ name: String) throws -> Int {
                let line = try #require(script.split(separator: "\n").first { $0.hasPrefix("#SBATCH --\(name)=") })
                return try #require(line.split(separator: "=").last.flatMap { Int($0) })
            }
            let ranks = try option("nodes") * option("ntasks-per-node")
            for group in ["daformer", "hrda", "mic", "copt"] {
                let folder = RepositoryFile.path("configs/\(group)")
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".yaml") {
                    let setting = try ConfigurationFile.load("\(folder)/\(name)", variable: { "${\($0)}" })
                    try setting.validate(worldSize: ranks)
                }
            }
        }

        /// The formula against peaks of tensors that steps have, to within a quarter.
        @Test(arguments: [("daformer-mit-b0", 128, 1), ("daformer-mit-b0", 192, 2), ("segformer-swin-t", 160, 1)])
        func memoryIsWithinAQuarter(network: String, crop: Int, batch: Int) throws {
            let (estimated, measured) = try memory(network, crop: crop, batch: batch)
            let ratio = Double(estimated) / Double(measured)
            #expect((0.75...1.25).contains(ratio), "estimated \(estimated), measured \(measured)")
        }

        /// Of networks that find objects the plan has as many positive regions as there may be: it promises no less
        /// than a step takes, and not twice as much.
        @Test func memoryOfNetworksThatFindObjectsIsEnough() throws {
            let (estimated, measured) = try memory("edaps-mit-b0", crop: 128, batch: 1)
            let ratio = Double(estimated) / Double(measured)
            #expect((0.95...1.9).contains(ratio), "estimated \(estimated), measured \(measured)")
        }

        /// Bytes of tensors of a supervised step, by formula and measured.
        private func memory(_ network: String, crop: Int, batch: Int) throws -> (estimated: Int, measured: Int) {
            let job = try Job.run(
                "causeway",
                [
                    "bench", "step", "--model", network, "--crop", "\(crop)", "--batch", "\(batch)", "--json",
                    "--steps", "1", "--warmup", "1",
                ], ranks: nil)
            let object = try JSONSerialization.jsonObject(with: Data(job.standardOutput.utf8)) as? [String: Any]
            let measured = try #require(object?["peak_tensor_bytes"] as? Int, "\(job.standardError)")
            var setting = RunConfiguration()
            setting.method = .plain
            let name = try #require(NetworkName(network))
            setting.model = try #require(ModelConfiguration(name))
            setting.data.crop.height = crop
            setting.data.crop.width = crop
            setting.training.batch = .perStudent(images: batch)
            let plan = try JobPlan(setting, ranks: 1, nodes: 1, coresPerNode: 1)
            return (plan.student.tensorBytes, measured)
        }
    }
}
