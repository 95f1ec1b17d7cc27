import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    @Suite struct BenchStepCommandTests {
        /// Of the PyTorch step script that the numbers are compared with.
        private static let commonKeys = [
            "peer", "variant", "crop", "batch", "threads", "dtype", "uda", "compile", "infer", "parameters", "step_s",
            "step_s_min", "forward_s", "backward_s", "target_s", "optimizer_s", "images_per_s", "peak_rss_gb",
        ]

        private func bench(_ arguments: String..., ranks: Int? = nil) throws -> Job {
            try Job.run(
                "causeway", ["bench", "step", "--steps", "1", "--warmup", "0", "--threads", "1"] + arguments,
                ranks: ranks)
        }

        /// The one line of a run that must go well.
        private func document(_ job: Job) throws -> [String: Any] {
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardOutput.split(separator: "\n").count == 1)
            return try #require(
                try JSONSerialization.jsonObject(with: Data(job.standardOutput.utf8)) as? [String: Any])
        }

        private func number(_ key: String, _ document: [String: Any]) throws -> Double {
            try #require(document[key] as? Double, "\(key) is no number")
        }

        @Test func jsonHasTheKeysOfThePyTorchScript() throws {
            let document = try document(bench("--variant", "b0", "--crop", "64", "--json"))
            #expect(Self.commonKeys.allSatisfy { document[$0] != nil }, "\(document.keys)")
            #expect(document["peer"] as? String == "causeway")
            #expect(document["uda"] as? Bool == false && document["infer"] is NSNull)
            #expect(document["variant"] as? String == "b0" && document["model"] as? String == "daformer-mit-b0")
            #expect(try number("target_s", document) == 0)
            #expect(try number("images_per_s", document) > 0 && number("peak_rss_gb", document) > 0)
        }

        /// The phases leave out only what stands between them.
        @Test func phasesOfASelfTrainingStepAddUp() throws {
            let document = try document(bench("--uda", "--crop", "64", "--json"))
            let phases = try ["forward_s", "backward_s", "target_s", "optimizer_s"].map { try number($0, document) }
            #expect(phases.allSatisfy { $0 > 0 })
            let total = try number("step_s", document)
            #expect(phases.reduce(0, +) <= total * 1.001 && phases.reduce(0, +) > 0.9 * total)
            let target = try ["teacher_s", "mixing_s", "mixed_forward_s", "mixed_backward_s"].map {
                try number($0, document)
            }
            #expect(try abs(target.reduce(0, +) - number("target_s", document)) < 1e-4)
        }

        @Test func recomputingBlocksTakesLessMemory() throws {
            let kept = try document(bench("--crop", "128", "--json"))
            let again = try document(bench("--crop", "128", "--recompute", "block", "--json"))
            #expect(kept["recompute"] as? String == "none" && again["recompute"] as? String == "block")
            #expect(try number("peak_tensor_bytes", again) < number("peak_tensor_bytes", kept))
        }

        @Test func inferenceIsAllForward() throws {
            let document = try document(bench("--infer", "64x96", "--json"))
            #expect(document["infer"] as? String == "64x96")
            #expect(try number("forward_s", document) > 0)
            #expect(try number("backward_s", document) == 0 && number("optimizer_s", document) == 0)
        }

        @Test func ranksPrintOnceWithImagesAndMemoryOfAll() throws {
            let document = try document(bench("--uda", "--crop", "64", "--batch", "2", "--json", ranks: 2))
            #expect(document["ranks"] as? Int == 2 && document["batch"] as? Int == 2)
            let pace = try number("images_per_s", document) * number("step_s", document)
            #expect(abs(pace - 4) < 0.05)
            #expect(try number("total_rss_gb", document) > number("peak_rss_gb", document))
        }

        /// What happens between the operations has rows too.
        @Test func rowsOfAProfileAddUpToTheStep() throws {
            let document = try document(bench("--uda", "--crop", "64", "--profile", "--json"))
            let profile = try #require(document["profile"] as? [String: Any])
            let rows = try #require(profile["operations"] as? [[String: Any]])
            let step = try number("step_s", profile)
            #expect(try abs(rows.reduce(0) { try $0 + number("seconds", $1) } - step) < 1e-9 * step)
            #expect(try rows.allSatisfy { try number("seconds", $0) >= 0 || number("calls", $0) == 0 })
            #expect(try abs(number("step_s", document) - step) < 1e-5)

            func row(_ operation: String, _ phase: String) -> [String: Any]? {
                rows.first { $0["operation"] as? String == operation && $0["phase"] as? String == phase }
            }
            let linear = try #require(row("linear", "forward"))
            #expect(try number("calls", linear) > 0 && number("gflop", linear) > 0 && number("of_limit", linear) > 0)
            #expect(row("linear weight gradient", "backward") != nil && row("linear", "teacher") != nil)
            #expect(row("AdamW", "optimizer") != nil && row("moving average", "optimizer") != nil)
            #expect(row("outside operations", "mixing") != nil)
            #expect(try number("sgemm_gflops", profile) > 0 && number("memory_gb_per_s", profile) > 0)
            #expect(try number("product_gflop", profile) > number("gflop", linear))
        }

        @Test func aProfileIsPrintedForPeople() throws {
            let job = try bench("--crop", "64", "--profile", "shapes")
            #expect(job.status == 0, "\(job.output)")
            // Columns grow with what they hold: a quick machine's rates have more digits.
            let head = try #require(job.standardOutput.split(separator: "\n").first { $0.hasPrefix("operation ") })
            #expect(head.split(separator: " ").suffix(4) == ["GFLOP/s", "GB/s", "of", "limit"])
            #expect(job.standardOutput.contains("convolution 3x3 s1 (1x16x16x1024 256x3x3x1024 1x16x16x256)"))
            #expect(job.standardOutput.contains("\nlimits, measured with these threads: sgemm "))
        }

        @Test func aTraceHoldsTheOperationsOfAllRanks() throws {
            let folder = TemporaryFolder()
            let job = try bench("--crop", "64", "--trace", folder.file("trace.json"), ranks: 2)
            #expect(job.status == 0, "\(job.output)")
            let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("trace.json")))
            let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let events = try #require(document["traceEvents"] as? [[String: Any]])
            let complete = events.filter { $0["ph"] as? String == "X" }
            #expect(
                complete.allSatisfy { event in
                    event["name"] is String && ["ts", "dur"].allSatisfy { (event[$0] as? Double ?? -1) >= 0 }
                })
            for rank in 0..<2 {
                let own = complete.filter { $0["pid"] as? Int == rank }
                #expect(own.contains { $0["name"] as? String == "AdamW" && $0["tid"] as? Int == 1 })
                #expect(own.contains { $0["name"] as? String == "backward" && $0["tid"] as? Int == 0 })
            }
        }

        /// Times to tell the device would leave next to nothing for the operations: they would all lie where the host
        /// waits.
        @Test func onADeviceTimesAreItsOwn() throws {
            let document = try document(
                bench("--device", "standin", "--uda", "--crop", "64", "--profile", "--json"))
            #expect(document["device"] as? String == "standin" && document["clock"] as? String == "device")
            let profile = try #require(document["profile"] as? [String: Any])
            #expect(profile["clock"] as? String == "device")
            let rows = try #require(profile["operations"] as? [[String: Any]])
            let step = try number("step_s", profile)
            #expect(try abs(rows.reduce(0) { try $0 + number("seconds", $1) } - step) < 1e-6 * step)
            #expect(try abs(number("step_s", document) - step) < 1e-5)
            let working = try rows.filter {
                !["outside operations", "download"].contains($0["operation"] as? String ?? "")
            }.reduce(0) { try $0 + number("seconds", $1) }
            #expect(working > 0.5 * step, "\(working) of \(step) s")
            let phases = try ["forward_s", "backward_s", "target_s", "optimizer_s"].map { try number($0, document) }
            #expect(phases.allSatisfy { $0 > 0 } && phases.reduce(0, +) > 0.8 * step)
        }

        @Test func aTableAndATraceOfADeviceSayWhoseTimesTheyHave() throws {
            let folder = TemporaryFolder()
            let job = try bench(
                "--device", "standin", "--crop", "64", "--profile", "--trace", folder.file("trace.json"))
            #expect(job.status == 0, "\(job.output)")
            #expect(job.standardOutput.contains("standin, stand-in on the host, in fp32\n"))
            #expect(job.standardOutput.contains("times are the device's own"))
            #expect(job.standardOutput.contains("\nlimits, measured on this device: sgemm "))
            let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("trace.json")))
            let trace = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let events = try #require(trace["traceEvents"] as? [[String: Any]])
            #expect(events.contains { ($0["args"] as? [String: Any])?["name"] as? String == "operations on standin" })
            func span(_ event: [String: Any]) -> (Double, Double) {
                let start = event["ts"] as? Double ?? -1
                return (start, start + (event["dur"] as? Double ?? -1))
            }
            let complete = events.filter { $0["ph"] as? String == "X" }
            let phases = complete.filter { $0["tid"] as? Int == 0 }.map(span)
            let inside = complete.filter { $0["tid"] as? Int == 1 && $0["cat"] as? String != "" }.map(span)
            #expect(!phases.isEmpty && inside.count > 100)
            #expect(
                inside.allSatisfy { work in phases.contains { $0.0 <= work.0 + 1 && work.1 <= $0.1 + 1 } },
                "each operation lies in its phase, on one clock")
        }

        @Test func theDeviceIsTheOptionsBeforeTheEnvironmentsBeforeTheSettings() throws {
            let setting = [
                "--config", "configs/toytown/source-only.yaml", "--set", "data.crop.height=64", "--set",
                "data.crop.width=64",
            ]
            func device(_ arguments: [String], _ environment: String?) throws -> String? {
                let job = try Job.run(
                    "causeway",
                    ["bench", "step", "--steps", "1", "--warmup", "0", "--threads", "1", "--json"] + setting
                        + arguments,
                    ranks: nil, settings: environment.map { ["CAUSEWAY_DEVICE": $0] } ?? [:])
                return try document(job)["device"] as? String
            }
            let standIn = ["--set", "engine.device=standin"]
            #expect(try device(standIn, nil) == "standin")
            #expect(try device(standIn, "cpu") == "cpu")
            #expect(try device(["--device", "standin"], "cpu") == "standin")
            let rounded = try document(bench("--device", "standin", "--precision", "bf16", "--crop", "64", "--json"))
            #expect(rounded["dtype"] as? String == "bf16")
            let refused = try bench("--device", "gpu")
            #expect(refused.status == 64)
            #expect(refused.standardError.contains("--device gpu is no device; say auto, cpu, cuda, cuda:N or standin"))
        }

        @Test func productsAreMeasuredOnADevice() throws {
            let arguments = ["bench", "gemm", "--sizes", "64", "96", "--seconds", "0.01", "--device", "standin"]
            let job = try Job.run("causeway", arguments, ranks: nil)
            #expect(job.status == 0)
            #expect(job.standardOutput.hasPrefix("standin, stand-in on the host, fp32; times are the device's own\n"))
            let json = try Job.run("causeway", arguments + ["--json"], ranks: nil).standardOutput
            #expect(json.contains(#""device":"standin""#) && json.contains(#""clock":"device""#))
        }

        @Test func aTraceThatCannotBeWrittenIsSaidBeforeMeasuring() throws {
            // If it measured first, it would be at it until it is killed.
            let job = try bench("--trace", "/nowhere/trace.json", "--warmup", "100000")
            #expect(job.status == 1)
            #expect(job.standardError.contains("error: /nowhere/trace.json: No such file or directory"))
        }

        @Test func aTableIsPrintedForPeople() throws {
            let job = try bench("--crop", "64")
            #expect(job.status == 0)
            #expect(job.standardOutput.hasPrefix("daformer-mit-b0, supervised step, 64x64, 1 threads\n"))
            #expect(job.standardOutput.contains("images/s"))
        }

        @Test(arguments: [
            (["--variant", "b9"], "--variant must be one of b0 to b5, got 'b9'"),
            (["--variant", "b1", "--model", "daformer-mit-b0"], "--model and --variant name different networks"),
            (["--model", "mit-b0"], "--model must be a segmenter"),
            (["--uda", "--crop", "100"], "--crop must be a multiple of 32 with --uda, got 100"),
            (["--uda", "--infer", "64x64"], "--uda and --infer exclude each other"),
            (["--infer", "64"], "'64' is invalid for '--infer <infer>'"),
            (["--profile", "all"], "Unexpected argument 'all'"),
            (["--steps", "0"], "--steps must be from 1 to 100000"),
        ])
        func wrongOptionsAreNamed(arguments: [String], message: String) throws {
            let job = try Job.run("causeway", ["bench", "step"] + arguments, ranks: nil)
            #expect(job.status != 0)
            #expect(job.standardError.contains(message), "\(job.standardError)")
        }
    }
}
