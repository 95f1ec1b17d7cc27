import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// Kernels that are compiled ahead, by a compiler of ours in the place of a card's; with a card's where
    /// `CAUSEWAY_NVRTC` names one.
    @Suite struct KernelsCommandTests {
        private let folder = TemporaryFolder()

        private func kernels(_ arguments: String..., standIn words: String? = "own-compiler") throws -> Job {
            var settings = ["CAUSEWAY_KERNEL_CACHE": folder.file("kept")]
            settings["CAUSEWAY_STANDIN"] = words
            // As where nobody has said where a compiler is, whatever these tests run with.
            if words == "no-compiler" { settings["CAUSEWAY_NVRTC"] = "" }
            return try Job.run("causeway", ["kernels"] + arguments, ranks: nil, settings: settings)
        }

        private func doctor(_ words: String, kernels: String) throws -> Job {
            try Job.run(
                "causeway", ["doctor", "--device", "cuda"], ranks: nil,
                settings: ["CAUSEWAY_KERNEL_CACHE": kernels, "CAUSEWAY_STANDIN": words])
        }

        @Test func aNodeWithoutACompilerUsesWhatWasCompiledElsewhere() throws {
            let path = folder.file("made")
            let none = try doctor("as-card,no-compiler", kernels: path)
            #expect(none.status == 1)
            #expect(none.standardError.contains("cannot load the compiler of the graphics card (libnvrtc)"))
            #expect(none.standardError.contains("the folder \(path) has not all compiled kernels for sm_90"))
            #expect(none.standardError.contains("`causeway kernels --arch sm_90` fills one where there is a compiler"))
            let made = try kernels("--arch", "sm_90", "--arch", "compute_80", "--out", path)
            #expect(made.status == 0, "\(made.output)")
            #expect(made.standardOutput.contains("\nsm_90"))
            #expect(made.standardOutput.contains("\ncompute_80"))
            let some = try doctor("as-card,no-compiler", kernels: path)
            #expect(some.status == 0, "\(some.output)")
            #expect(some.standardOutput.contains("equal the CPU's"))
        }

        @Test func aRunKeepsWhatItCompilesAndMendsWhatIsDamaged() throws {
            let path = folder.file("kept")
            let first = try doctor("as-card,own-compiler", kernels: path)
            #expect(first.status == 0, "\(first.output)")
            #expect(first.standardError.contains("programs of kernels for sm_90, to be kept in \(path)"))
            let second = try doctor("as-card,own-compiler", kernels: path)
            #expect(second.status == 0 && !second.standardError.contains("compiling"), "\(second.output)")
            let file = try #require(
                FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasPrefix("attention-sm_90-") })
            try Data("short".utf8).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
            let third = try doctor("as-card,own-compiler", kernels: path)
            #expect(third.status == 0)
            #expect(third.standardError.contains("note: \(path)/\(file): the compiled kernels are damaged"))
            let fourth = try doctor("as-card,own-compiler", kernels: path)
            #expect(fourth.status == 0 && !fourth.standardError.contains("note:"), "\(fourth.output)")
        }

        @Test func ranksThatStartTogetherCompileOnce() throws {
            let job = try Job.run(
                "causeway", ["bench", "step", "--crop", "32", "--steps", "1", "--warmup", "0", "--threads", "1"],
                ranks: 2,
                settings: [
                    "CAUSEWAY_KERNEL_CACHE": folder.file("kept"), "CAUSEWAY_STANDIN": "as-card,own-compiler",
                    "CAUSEWAY_DEVICE": "cuda",
                ])
            #expect(job.status == 0, "\(job.output)")
            #expect(job.output.components(separatedBy: "programs of kernels for sm_90").count == 2, "\(job.output)")
        }

        @Test func aFolderThatCannotBeWrittenIsSaid() throws {
            try Data().write(to: URL(fileURLWithPath: folder.file("file")))
            let job = try kernels("--arch", "sm_90", "--out", folder.file("file/kernels"))
            #expect(job.status == 1)
            #expect(
                job.standardError.contains(
                    "error: \(folder.file("file/kernels")): compiled kernels cannot be kept there: Not a directory"))
            let run = try doctor("as-card,own-compiler", kernels: folder.file("file/kernels"))
            #expect(run.status == 0, "a run goes on without")
            #expect(run.standardError.contains("compiled kernels cannot be kept (Not a directory)"))
        }

        @Test func withoutACompilerTheRemedyIsSaid() throws {
            let job = try kernels("--arch", "sm_90", standIn: "no-compiler")
            #expect(job.status == 1)
            #expect(job.standardError.contains("error: cannot load the compiler of the graphics card (libnvrtc)"))
            #expect(job.standardError.contains("nvidia-cuda-nvrtc-cu12"))
            #expect(job.standardError.contains("CAUSEWAY_NVRTC"))
        }

        @Test func aFolderWithoutTheCompilerIsNamedWithWhatNamesIt() throws {
            let job = try Job.run(
                "causeway", ["kernels", "--arch", "sm_90", "--out", folder.file("kernels")], ranks: nil,
                settings: ["CAUSEWAY_NVRTC": folder.path])
            #expect(job.status == 1)
            #expect(job.standardError.contains("cannot load the compiler of the graphics card (libnvrtc): "))
            #expect(job.standardError.contains("; CAUSEWAY_NVRTC is to name the folder that has libnvrtc.so.12 or .13"))
        }

        @Test(arguments: [
            (["--arch", "h100"], "--arch h100 is none: say sm_90 or compute_90"),
            (["--arch", "sm_90a"], "--arch sm_90a is none"), ([], "say what to do: --arch sm_90 to compile, --list"),
            (["--list", "--clean"], "say what to do"),
        ])
        func wrongArgumentsAreSaid(arguments: [String], text: String) throws {
            let job = try Job.run("causeway", ["kernels"] + arguments, ranks: nil)
            #expect(job.status == 64 && job.standardError.contains(text), "\(job.output)")
        }

        @Test func aCardThatTheCompilerDoesNotKnowIsSaidWithThoseItDoes() throws {
            let job = try kernels("--arch", "sm_90", "--arch", "sm_75")
            #expect(job.status == 1)
            #expect(
                job.standardError.contains(
                    "error: libnvrtc 0.0 does not compile for sm_75; it does for sm_80, sm_86, sm_90, sm_100"))
            #expect(!FileManager.default.fileExists(atPath: folder.file("kept")), "before anything is compiled")
        }

        @Test func whatIsKeptIsListedAndRemoved() throws {
            _ = try kernels("--arch", "sm_80")
            let list = try kernels("--list")
            #expect(list.standardOutput.hasPrefix("\(folder.file("kept")): "))
            #expect(list.standardOutput.contains("attention "))
            #expect(!list.standardOutput.contains(" no\n"))
            let document = try kernels("--list", "--json").standardOutput
            #expect(document.contains(#""program":"attention","target":"sm_80","compiler":"0.0","current":true"#))
            let removed = try kernels("--clean")
            #expect(removed.status == 0 && removed.standardOutput.hasPrefix("removed "))
            #expect(try kernels("--list").standardOutput == "\(folder.file("kept")): 0 programs\n")
        }

        private static let hasCompiler = ProcessInfo.processInfo.environment["CAUSEWAY_NVRTC"] != nil

        @Test(
            .enabled(
                if: hasCompiler, "CAUSEWAY_NVRTC names no folder with libnvrtc: kernels are compiled by one of ours"))
        func aCardsCompilerFillsAFolderThatNeedsNone() throws {
            let path = folder.file("made")
            let made = try kernels("--arch", "sm_90", "--out", path, standIn: nil)
            #expect(made.status == 0, "\(made.output)")
            let again = try kernels("--arch", "sm_90", "--out", path, "--json", standIn: nil)
            #expect(again.standardOutput.contains(#""compiled":0"#), "\(again.output)")
            #expect(try doctor("as-card,no-compiler", kernels: path).status == 0)
        }
    }
}
