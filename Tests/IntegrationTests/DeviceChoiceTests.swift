import Foundation
import Testing
import _TestSupport

extension IntegrationTests {
    /// What ranks compute on, and what is said where they cannot. The stand-in answers in the place of a card's driver.
    @Suite struct DeviceChoiceTests {
        private static let short = ["method=source-only", "training.steps=2", "schedule.warmupSteps=0"]

        private func run(ranks: Int? = nil, _ changes: [String], _ words: String, device: String? = nil) throws -> (
            job: Job, run: TinyRun
        ) {
            let run = TinyRun(ranks: ranks, Self.short + changes)
            // Where kernels are kept that somebody compiled, a card needs no compiler.
            var environment = ["CAUSEWAY_STANDIN": words, "CAUSEWAY_KERNEL_CACHE": "/nonexistent"]
            environment["CAUSEWAY_DEVICE"] = device
            return (try run.train(environment: environment), run)
        }

        struct Refusal: CustomTestStringConvertible {
            let words: String
            var device = "cuda"
            let reason: String
            var testDescription: String { "\(device) \(words)" }
        }

        static let refusals = [
            Refusal(
                words: "as-card,no-driver",
                reason: "cannot load the driver of a graphics card (libcuda.so.1): "),
            Refusal(
                words: "as-card,no-compiler", reason: "cannot load the compiler of the graphics card (libnvrtc): "),
            Refusal(
                words: "as-card,driver:11020",
                reason: "the driver is too old: it knows CUDA 11.2, and 12.0 is needed; install one of 2023 or later"),
            Refusal(
                words: "as-card,devices:2", device: "cuda:7",
                reason: "there is no device 7: the driver shows 2, numbered from 0 (CUDA_VISIBLE_DEVICES counts)"),
            Refusal(
                words: "as-card,memory:20M",
                reason: "the memory of the device stand-in on the host is exhausted: 32 MiB more were asked for, and "),
            Refusal(
                words: "as-card,devices:0",
                reason: "the driver finds no device; is CUDA_VISIBLE_DEVICES empty? (CUDA_ERROR_NO_DEVICE"),
        ]

        @Test(arguments: refusals) func aCardThatCannotBeUsedEndsTheRunWithTheReason(refusal: Refusal) throws {
            let job = try run(["engine.device=\(refusal.device)"], refusal.words).job
            #expect(job.status == 1, "\(job.output)")
            #expect(
                job.standardError.contains("error: the device \(refusal.device) cannot be used: \(refusal.reason)"),
                "\(job.output)")
            #expect(
                job.standardError.contains("; engine.device: cpu (or CAUSEWAY_DEVICE=cpu) computes on the processor"),
                "\(job.output)")
        }

        /// The remedy is said where the device was: by a setting, for students or teachers, the environment or an option.
        @Test func theRemedyNamesThePlaceThatTheDeviceWasSaidIn() throws {
            let setting = try TinyRun(ranks: 2, ["distribution.teachers=1", "engine.teacherDevice=cuda:3"])
                .train(environment: ["CAUSEWAY_STANDIN": "as-card,no-driver"])
            #expect(setting.status == 1)
            #expect(
                setting.standardError.contains(
                    "error on rank 1 of 2: the device cuda:3 cannot be used: cannot load the driver"),
                "\(setting.output)")
            #expect(
                setting.standardError.contains(
                    "; engine.teacherDevice: cpu (or CAUSEWAY_DEVICE=cpu) computes on the processor\n"),
                "\(setting.output)")
            let environment = try run([], "as-card,no-driver", device: "cuda").job
            #expect(
                environment.standardError.contains("not to be found; CAUSEWAY_DEVICE=cpu computes on the processor\n"),
                "\(environment.output)")
            let settings = ["CAUSEWAY_STANDIN": "as-card,no-driver"]
            let option = try Job.run(
                "causeway", ["bench", "gemm", "--device", "cuda", "--sizes", "8"], ranks: nil, settings: settings)
            #expect(
                option.standardError.contains("not to be found; --device cpu computes on the processor\n"),
                "\(option.output)")
            let doctor = try Job.run("causeway", ["doctor", "--device", "cuda"], ranks: nil, settings: settings)
            #expect(doctor.status == 1)
            #expect(doctor.standardError.hasSuffix("(libcuda.so.1): it was asked not to be found\n"), "\(doctor.output)")
        }

        @Test func namesThatAreNoneEndTheCommandWithThoseThatAre() throws {
            let unknown = try TinyRun("engine.device=gpu").train()
            #expect(unknown.status != 0)
            #expect(unknown.standardError.contains("engine.device"))
            #expect(unknown.standardError.contains("auto, cpu, cuda, cuda:N or standin"))
            let environment = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_DEVICE": "gpu"])
            #expect(environment.status != 0)
            #expect(
                environment.standardError.contains(
                    "CAUSEWAY_DEVICE=gpu is no device; say auto, cpu, cuda, cuda:N or standin"))
            for name in ["cuda:+1", "cuda:01", "cuda:", "cuda:-1", "cuda: 1", "standin:0"] {
                let job = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_DEVICE": name])
                #expect(job.status != 0 && job.standardError.contains("=\(name) is no device; say"), "\(job.output)")
            }
            for name in ["CAUSEWAY_DEVICE_SYNC", "CAUSEWAY_DEVICE_GRAPHS"] {
                let job = try Job.run("causeway", ["doctor"], ranks: nil, settings: [name: "yes"])
                #expect(job.status != 0 && job.standardError.contains("\(name)=yes is no answer; say 1 or 0, or unset"))
            }
            let words = try Job.run("causeway", ["doctor"], ranks: nil, settings: ["CAUSEWAY_STANDIN": "slow"])
            #expect(words.status != 0)
            #expect(words.standardError.contains("CAUSEWAY_STANDIN: 'slow' is none of memory:BYTES"))
        }

        @Test func autoTakesACardAndElsewhereTheProcessorWithALineThatSaysWhy() throws {
            let card = try run(["engine.device=auto"], "as-card")
            #expect(card.job.status == 0, "\(card.job.output)")
            #expect(try String(decoding: card.run.file("log.jsonl"), as: UTF8.self).contains(#""device":"cuda""#))
            let none = try run([], "as-card,no-compiler", device: "auto")
            #expect(none.job.status == 0, "\(none.job.output)")
            #expect(
                none.job.standardError.contains(
                    "note: auto computes on the processor: cannot load the compiler of the graphics card (libnvrtc): "),
                "\(none.job.output)")
            #expect(try String(decoding: none.run.file("log.jsonl"), as: UTF8.self).contains(#""device":"cpu""#))
        }

        @Test func autoIsDecidedByAllStudents() throws {
            let (job, run) = try run(ranks: 2, ["engine.device=auto"], "as-card,no-driver,rank:1")
            #expect(job.status == 0, "\(job.output)")
            #expect(
                job.standardError.contains("note: auto computes on the processor on all students: rank 1 on "),
                "\(job.output)")
            #expect(try String(decoding: run.file("log.jsonl"), as: UTF8.self).contains(#""device":"cpu""#))
        }

        @Test func ranksShareOutCardsAndAreWarnedWhereTheyShareOne() throws {
            let two = try run(ranks: 2, ["engine.device=cuda"], "as-card,devices:2").job
            #expect(two.status == 0, "\(two.output)")
            #expect(!two.standardError.contains("share one card"), "\(two.output)")
            let one = try run(ranks: 2, ["engine.device=cuda"], "as-card,devices:1").job
            #expect(one.status == 0, "\(one.output)")
            #expect(one.standardError.contains("warning: ranks 0, 1 on "), "\(one.output)")
            #expect(one.standardError.contains(" share one card, stand-in on the host: "), "\(one.output)")
        }

        /// Nobody hears of a fault before the device is open: the command would go on with a device that does nothing.
        @Test func aCardThatIsFullEndsCommandsThatSaveNothing() throws {
            let job = try Job.run(
                "causeway", ["bench", "gemm", "--device", "cuda", "--sizes", "8"], ranks: nil,
                settings: ["CAUSEWAY_STANDIN": "as-card,memory:20M"])
            #expect(job.status == 1, "\(job.output)")
            #expect(job.standardError.contains("the device cuda cannot be used: the memory of the device "))
            #expect(job.standardError.contains("; end what else uses it (nvidia-smi shows that), or take another; "))
        }

        /// A run in which one rank alone has another environment.
        private func train(ranks: Int, _ options: String, where rank: Int, has variable: String) throws -> Job {
            let setting = RepositoryFile.path("Tests/Fixtures/integration/tiny.yaml")
            let folder = TemporaryFolder()
            return try Job.runScript(
                "launch/mpirun -n \(ranks) -- bash -c '[[ $OMPI_COMM_WORLD_RANK != \(rank) ]] || export \(variable); "
                    + "exec causeway train --config \(setting) \(options) --out \(folder.file("out"))'",
                settings: ["TOYTOWN": TinyToytown.path])
        }

        @Test func studentsInSeveralPrecisionsAreNamedWithTheRemedy() throws {
            let options = "--set distribution.teachers=0 --set engine.device=standin"
            let job = try train(ranks: 2, options, where: 1, has: "CAUSEWAY_PRECISION=bf16")
            #expect(job.status == 1, "\(job.output)")
            #expect(
                job.standardError.contains("the students of a job must share one precision: rank 0 on "),
                "\(job.output)")
            #expect(
                job.standardError.contains(" computes in bf16; give engine.precision (or CAUSEWAY_PRECISION) alike"))
        }

        @Test func studentsOnSeveralKindsAreNamedWithTheRemedy() throws {
            let job = try train(
                ranks: 3, "--set distribution.teachers=1", where: 1, has: "CAUSEWAY_DEVICE=standin")
            #expect(job.status == 1, "\(job.output)")
            #expect(
                job.standardError.contains("the students of a job must share one kind of device: rank 0 on "),
                "\(job.output)")
            #expect(job.standardError.contains(" computes on cpu, rank 1 on "), "\(job.output)")
            #expect(
                job.standardError.contains(" computes on standin; give engine.device (or CAUSEWAY_DEVICE) alike"),
                "\(job.output)")
        }

        /// Losses of a run on the processor alone, to a part of them.
        private func requireSimilar(_ losses: [Double], _ expected: [Double]) {
            let differences = zip(losses, expected).map { abs($0 - $1) / $1 }
            #expect(losses.count == expected.count && differences.max() ?? .infinity <= 1e-3, "\(differences)")
        }

        /// What a student may name does not help a teacher.
        @Test func theDeviceOfATeacherIsRefusedByItsOwnKey() throws {
            let changes = ["distribution.teachers=1", "engine.device=standin"]
            let card = try TinyRun(ranks: 3, changes + ["engine.teacherDevice=cuda:7"]).train(
                environment: ["CAUSEWAY_STANDIN": "as-card,devices:2"])
            #expect(card.status == 1 && card.standardError.contains("the device cuda:7 cannot be used: "))
            #expect(card.standardError.contains("; engine.teacherDevice: cpu (or "), "\(card.output)")
        }

        @Test func aTeacherMayComputeOnAnotherKindThanItsStudents() throws {
            let changes = ["training.steps=5", "method.sourceOnlySteps=1", "distribution.teachers=1"]
            let reference = TinyRun(ranks: 3, changes)
            try reference.finish()
            for (students, teacher) in [("standin", "cpu"), ("cpu", "standin")] {
                let run = TinyRun(
                    ranks: 3, changes + ["engine.device=\(students)", "engine.teacherDevice=\(teacher)"])
                let job = try run.train()
                #expect(job.status == 0, "\(job.output)")
                let names = ["cpu": "cpu", "standin": "standin (stand-in on the host)"]
                #expect(
                    job.standardError.contains(
                        "students compute on \(names[students] ?? ""), teachers on \(names[teacher] ?? "")\n"),
                    "\(job.output)")
                let log = String(decoding: try run.file("log.jsonl"), as: UTF8.self)
                #expect(log.contains(#""device":"\#(students)""#) && log.contains(#""teacherDevice":"\#(teacher)""#))
                requireSimilar(try run.losses(), try reference.losses())
            }
        }

        /// What a precision is for are the students' products; a processor labels in fp32 for students on cards.
        @Test func aTeacherOnTheProcessorLabelsForStudentsOfAnyPrecision() throws {
            let run = TinyRun(
                ranks: 2,
                [
                    "training.steps=3", "schedule.warmupSteps=0", "method.sourceOnlySteps=1", "distribution.teachers=1",
                    "engine.device=standin", "engine.precision=bf16", "engine.teacherDevice=cpu",
                ])
            let job = try run.train()
            #expect(job.status == 0, "\(job.output)")
            #expect(
                job.standardError.contains(
                    "students compute on standin (stand-in on the host), teachers on cpu; products in bf16\n"),
                "\(job.output)")
            let students = try TinyRun(ranks: 2, ["distribution.teachers=1", "engine.precision=bf16"])
                .train(environment: ["CAUSEWAY_ONEDNN": "/nowhere"])
            #expect(students.status == 1)
            #expect(students.standardError.contains("engine.precision: bf16 cannot be had of the processor: "))
        }

        @Test func aRunGoesOnOnAnotherDeviceThanItWasBegunOn() throws {
            let changes = ["training.steps=8", "method.sourceOnlySteps=1", "distribution.teachers=0"]
            let reference = TinyRun(changes)
            try reference.finish()
            for (first, second) in [("cpu", "standin"), ("standin", "cpu")] {
                let run = TinyRun(changes)
                let stopped = try run.train(
                    interruption: run.interruption(.terminate, afterStep: 2), changes: ["engine.device=\(first)"])
                #expect(stopped.status == 75, "\(stopped.output)")
                let job = try run.train(resumes: true, changes: ["engine.device=\(second)"])
                #expect(job.status == 0, "\(job.output)")
                requireSimilar(try run.losses(), try reference.losses())
            }
        }
    }
}
