import Foundation
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Products of rounded numbers, on the stand-in of a card, and on the processor with loops in the place of oneDNN;
    /// `docs/devices.md` has the differences.
    @Suite struct DevicePrecisionTests {
        private static let differences = [("standin", "tf32", 1e-3), ("standin", "bf16", 1e-2), ("cpu", "bf16", 1e-2)]
        private static let loops = ["CAUSEWAY_ONEDNN": "standin"]
        private let folder = TemporaryFolder()

        /// Trained weights, on noise.
        private func stages(_ device: String, _ precision: String) throws -> [String: [Float]] {
            let (input, output) = (folder.file("input"), folder.file("\(device)-\(precision)"))
            var state: UInt64 = 1
            let pixels = (0..<3 * 64 * 96).map { _ -> Float in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 32)) / 1_073_741_824
            }
            try SafeTensorsWriter.write(input, [SafeTensorsItem("pixels", shape: [1, 3, 64, 96], floats: pixels)])
            let weights = RepositoryFile.path("configs/toytown/weights/painted-mit-b0.safetensors")
            let job = try Job.run(
                "causeway",
                ["forward", "--model", "mit-b0", "--weights", weights, "--input", input, "--output", output]
                    + ["--precision", precision], ranks: nil,
                settings: Self.loops.merging(["CAUSEWAY_DEVICE": device]) { $1 })
            #expect(job.status == 0, "\(job.output)")
            let file = try SafeTensorsFile(output)
            return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.floats($0)) })
        }

        @Test func anEncoderDiffersFromSinglePrecisionByWhatIsSaid() throws {
            let exact = try stages("cpu", "fp32")
            #expect(exact.count == 4)
            for (device, precision, most) in [("standin", "fp32", 1e-4)] + Self.differences {
                let rounded = try stages(device, precision)
                for (name, values) in exact {
                    let others = try #require(rounded[name])
                    let largest = values.map(abs).max() ?? 0
                    let difference = Double((zip(values, others).map { abs($0 - $1) }.max() ?? .infinity) / largest)
                    #expect(difference <= most, "\(name) in \(precision) on \(device): \(difference)")
                    if precision != "fp32" { #expect(difference > 1e-5, "\(name) in \(precision): \(difference)") }
                }
            }
        }

        @Test(arguments: differences)
        func trainingHasLossesNearThoseOfSinglePrecision(device: String, precision: String, most: Double) throws {
            let changes = ["distribution.teachers=0", "training.steps=3", "schedule.warmupSteps=1"]
            let reference = TinyRun(changes)
            try reference.finish()
            let run = TinyRun(changes + ["engine.device=\(device)", "engine.precision=\(precision)"])
            let job = try run.train(environment: Self.loops)
            #expect(job.status == 0 && job.standardError.contains("; products in \(precision)\n"), "\(job.output)")
            let differences = zip(try run.losses(), try reference.losses()).map { abs($0 - $1) / $1 }
            #expect(differences.count == 3 && differences.max() ?? .infinity <= most / 10, "\(differences)")
            #expect(differences.contains { $0 > 1e-7 }, "nothing was rounded")
        }

        /// A rank that labels rounds as the students do, being on the processor as they are; and a run goes on in another
        /// precision.
        @Test func aJobOfTheProcessorRoundsOnAllRanks() throws {
            let changes = [
                "training.steps=4", "schedule.warmupSteps=1", "method.sourceOnlySteps=1", "distribution.teachers=1",
                "engine.precision=bf16",
            ]
            let run = TinyRun(ranks: 3, changes)
            let job = try run.train(interruption: run.interruption(.terminate, afterStep: 2), environment: Self.loops)
            #expect(job.status == 75, "\(job.output)")
            #expect(
                job.standardError.contains("students compute on cpu, teachers on cpu; products in bf16\n"),
                "\(job.output)")
            let rest = try run.train(
                resumes: true, changes: ["engine.precision=fp32"], environment: Self.loops)
            #expect(rest.status == 0, "\(rest.output)")
            let precisions = try String(decoding: run.file("log.jsonl"), as: UTF8.self).split(separator: "\n")
                .filter { $0.contains(#""event":"start""#) }.map { $0.contains(#""precision":"bf16""#) }
            #expect(precisions == [true, false])
        }

        @Test func doctorSaysWhetherTheProcessorRounds() throws {
            let job = try Job.run("causeway", ["doctor"], ranks: nil, settings: Self.loops)
            #expect(job.standardOutput.contains("; bf16 by loops in the place of oneDNN"), "\(job.output)")
            let without = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_ONEDNN": "/nowhere"])
            #expect(without.standardOutput.contains("; no bf16: "), "\(without.output)")
        }

        @Test func theCPUAndUnknownNamesAreRefusedWithTheRemedy() throws {
            let refusal = "engine.precision: tf32 is for the tensor cores of a graphics card; the CPU computes in fp32"
            for ranks in [nil, 2] {
                let run = try TinyRun(ranks: ranks, "engine.precision=tf32").train()
                #expect(run.status != 0)
                #expect(run.standardError.contains(refusal), "\(run.standardError)")
                #expect(run.standardError.contains("Set engine.precision: fp32"))
            }
            let command = try Job.run(
                "causeway", ["bench", "gemm", "--precision", "bf16"], ranks: nil,
                settings: ["CAUSEWAY_ONEDNN": "/nowhere"])
            #expect(command.status != 0)
            #expect(command.standardError.contains("error: --precision bf16 cannot be had of the processor: "))
            #expect(
                command.standardError.contains(
                    "Say --precision fp32, or a card by --device cuda (or CAUSEWAY_DEVICE=cuda)"))
            let ofEnvironment = try Job.run(
                "causeway", ["bench", "gemm"], ranks: nil, settings: ["CAUSEWAY_PRECISION": "tf32"])
            #expect(ofEnvironment.status != 0)
            #expect(
                ofEnvironment.standardError.contains("error: CAUSEWAY_PRECISION=tf32 is for the tensor cores"),
                "\(ofEnvironment.output)")
            let option = try Job.run(
                "causeway", ["bench", "gemm", "--sizes", "32", "--seconds", "0.01", "--precision", "fp32"], ranks: nil,
                settings: ["CAUSEWAY_PRECISION": "tf32"])
            #expect(option.status == 0, "an option goes before the environment: \(option.output)")
            let unknown = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_PRECISION": "fp16"])
            #expect(unknown.status != 0)
            #expect(
                unknown.standardError.contains("CAUSEWAY_PRECISION=fp16 is no precision; say fp32, tf32 or bf16"),
                "\(unknown.standardError)")
            let setting = try TinyRun("engine.precision=fp16").train()
            #expect(setting.status != 0)
            #expect(setting.standardError.contains("engine.precision"), "\(setting.standardError)")
        }
    }
}
