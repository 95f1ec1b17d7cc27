internal import DataParallel
internal import TensorEngine
internal import Training

/// What the ranks of a job would compute on, held against the cards of this machine. The job may be for another one, so
/// what is missing here is a warning.
extension PlanExamination {
    func devices(_ plan: JobPlan) -> Finding {
        let topic = "devices of a job"
        do {
            let use = try DeviceUse(configuration.engine, plan)
            guard let problem = use.problem(plan) else { return Finding(topic, use.text) }
            return Finding(topic, .warning, "\(use.text); \(problem.what)", remedy: problem.remedy)
        } catch {
            return Finding(topic, .error, "\(error)", remedy: "every rank would end with this")
        }
    }

    /// The devices that a setting and the environment ask for.
    private struct DeviceUse {
        let students: Device
        /// nil where there are no teachers.
        let teachers: Device?
        let precision: Precision
        /// Ranks of the fullest node that take a card, at most.
        let takers: Int

        init(_ engine: EngineConfiguration, _ plan: JobPlan) throws {
            students = try engine.device.orOfEnvironment()
            let ofTeachers = engine.teacherDevice ?? engine.device
            teachers = plan.roles.teacherCount == 0 ? nil : try ofTeachers.orOfEnvironment()
            precision = try engine.precision.orOfEnvironment()
            if students == .cpu, precision == .tf32 { try precision.checkForCPU() }
            let (some, others) = (plan.roles.studentCount, plan.roles.teacherCount)
            takers = min(
                plan.ranksPerNode,
                (students.takesCard ? some : 0) + (teachers?.takesCard == true ? others : 0))
        }

        /// The cards that are named.
        private var numbers: [Int] {
            [students, teachers].compactMap { if case .card(let index?) = $0 { index } else { nil } }
        }

        var text: String {
            let rounding = precision == .fp32 ? "" : ", products in \(precision)"
            guard let teachers, teachers != students else { return "all ranks compute on \(students.name)\(rounding)" }
            return "students compute on \(students.name), teachers on \(teachers.name)\(rounding)"
        }

        /// nil where all is well.
        func problem(_ plan: JobPlan) -> (what: String, remedy: String)? {
            guard takers > 0 else { return problemOfProcessor }
            do {
                return problem(try Engine.graphicsCards(), plan)
            } catch {
                // `auto` takes the processor there, and says so.
                guard [students, teachers].contains(where: { if case .card? = $0 { true } else { false } }) else {
                    return problemOfProcessor
                }
                return (
                    "this machine has no card: \(error)",
                    "start the job where there are cards, as docs/devices.md says, or set engine.device: cpu"
                )
            }
        }

        /// Of rounded products, where students compute on it.
        private var problemOfProcessor: (what: String, remedy: String)? {
            guard students == .cpu || students == .auto else { return nil }
            do {
                try precision.checkForCPU()
                return nil
            } catch {
                return ("on this machine: \(error)", "start the job where all nodes have it, as docs/devices.md says")
            }
        }

        private func problem(
            _ cards: [(name: String, memoryBytes: Int)], _ plan: JobPlan
        ) -> (what: String, remedy: String)? {
            if let missing = numbers.first(where: { $0 >= cards.count }) {
                return (
                    "this machine has " + cards.indices.map { "cuda:\($0)" }.joined(separator: ", ")
                        + " and no cuda:\(missing)",
                    "name a card that is there (CUDA_VISIBLE_DEVICES counts), or cuda, and ranks take them in turns"
                )
            }
            let shown = numbers.isEmpty ? cards.count : Set(numbers).count
            let sharers = (takers + max(1, shown) - 1) / max(1, shown)
            let least = cards.map(\.memoryBytes).min() ?? 0
            let need = plan.student.networkBytes + plan.student.activationBytes
            guard sharers * need <= least else {
                return (
                    "a card has \(MachineExamination.gibibytes(least)) for \(sharers) "
                        + "rank\(sharers == 1 ? "" : "s"), and a student needs about "
                        + MachineExamination.gibibytes(need),
                    "lower training.batch.images or data.crop, set engine.recompute: block, or start a rank a card"
                )
            }
            guard sharers > 1 else { return nil }
            return (
                "\(takers) ranks of a node would share \(shown) card\(shown == 1 ? "" : "s") here",
                "ranks that share a card take turns and share its memory; start a rank a card"
            )
        }
    }
}
