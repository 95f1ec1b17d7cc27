import Foundation
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    /// Products of rounded numbers, on the stand-in of a card; `docs/devices.md` has the differences.
    @Suite struct DevicePrecisionTests {
        private static let differences = [("tf32", 1e-3), ("bf16", 1e-2)]
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
                    + ["--precision", precision], ranks: nil, settings: ["CAUSEWAY_DEVICE": device])
            #expect(job.status == 0, "\(job.output)")
            let file = try SafeTensorsFile(output)
            return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.floats($0)) })
        }

        @Test func anEncoderDiffersFromSinglePrecisionByWhatIsSaid() throws {
            let exact = try stages("cpu", "fp32")
            #expect(exact.count == 4)
            for (precision, most) in [("fp32", 1e-4)] + Self.differences {
                let rounded = try stages("standin", precision)
                for (name, values) in exact {
                    let others = try #require(rounded[name])
                    let largest = values.map(abs).max() ?? 0
                    let difference = Double((zip(values, others).map { abs($0 - $1) }.max() ?? .infinity) / largest)
                    #expect(difference <= most, "\(name) in \(precision): \(difference)")
                    if precision != "fp32" { #expect(difference > 1e-5, "\(name) in \(precision): \(difference)") }
                }
            }
        }

        @Test(arguments: differences)
        func trainingHasLossesNearThoseOfSinglePrecision(precision: String, most: Double) throws {
            let changes = ["distribution.teachers=0", "training.steps=3", "schedule.warmupSteps=1"]
            let reference = TinyRun(changes)
            try reference.finish()
            let run = TinyRun(changes + ["engine.device=standin", "engine.precision=\(precision)"])
            try run.finish()
            let differences = zip(try run.losses(), try reference.losses()).map { abs($0 - $1) / $1 }
            #expect(differences.count == 3 && differences.max() ?? .infinity <= most / 10, "\(differences)")
            #expect(differences.contains { $0 > 1e-7 }, "nothing was rounded")
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
                "causeway", ["bench", "gemm", "--precision", "bf16"], ranks: nil)
            #expect(command.status != 0)
            #expect(
                command.standardError.contains(
                    "error: --precision bf16 is for the tensor cores of a graphics card; the CPU computes in fp32 alone. "
                        + "Say --precision fp32, or a card by --device cuda (or CAUSEWAY_DEVICE=cuda)"))
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
