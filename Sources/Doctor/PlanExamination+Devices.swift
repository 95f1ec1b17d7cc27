internal import DataParallel
internal import TensorEngine
internal import Training

extension PlanExamination {
    /// What the ranks would compute on; nothing where that is the processor.
    ///
    /// - Throws: where the environment names what is no device or precision.
    func devices(_ plan: JobPlan) throws -> [Finding] {
        let engine = configuration.engine
        let student = try engine.device.orOfEnvironment()
        let teacher = try (engine.teacherDevice ?? engine.device).orOfEnvironment()
        let precision = try engine.precision.orOfEnvironment()
        let topic = "devices of a job"
        let hasTeachers = plan.roles.teacherCount > 0
        let use =
            hasTeachers ? "students on \(student.name), teachers on \(teacher.name)" : "all ranks on \(student.name)"
        if student == .cpu {
            do {
                try precision.checkForCPU()
            } catch {
                return [Finding(topic, .error, "\(use), products in \(precision)", remedy: "\(error)")]
            }
        }
        guard student != .cpu || (hasTeachers && teacher != .cpu) else { return [] }
        let rounding = precision == .fp32 ? "" : ", products in \(precision)"
        let takesCard = student.takesCard || (hasTeachers && teacher.takesCard)
        guard takesCard else { return [Finding(topic, use + rounding)] }
        return [Finding(topic, "\(use)\(rounding)\(cards(plan, student, hasTeachers ? teacher : nil))")]
    }

    private func cards(_ plan: JobPlan, _ student: Device, _ teacher: Device?) -> String {
        let needs = [("a student", student, plan.student), ("a teacher", teacher ?? .cpu, plan.teacher ?? plan.student)]
            .filter { $0.1.takesCard }
            .map { "\(MachineExamination.gibibytes($0.2.tensorBytes)) for \($0.0)" }
        return "; of a card's memory about \(needs.joined(separator: ", ")), by the formula for the processor. Whether "
            + "the nodes have cards is not checked: `causeway doctor --device cuda` on them does"
    }
}
