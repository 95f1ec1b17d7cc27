internal import DataParallel

/// How many ranks of a job label for the others with `teachers: auto`: the fastest division among those that share the
/// batch out evenly, by the measured cost of each part of a step.
struct TeacherPlan {
    /// What the parts of a step cost for one image of each domain, relative to each other.
    struct Costs: Equatable {
        /// Source pass with its losses, during which a teacher in step may label.
        var source: Double
        /// What follows the labels: mixed and masked pass, update.
        var rest: Double
        /// Labelling one target image.
        var labelling: Double

        var student: Double { source + rest }
    }

    let costs: Costs
    /// Steps the teacher's weights are behind.
    let lag: Int
    let batch: BatchConfiguration

    /// The number of teachers in a job of `worldSize` ranks; of equally fast divisions that with the fewest.
    func teacherCount(worldSize: Int) -> Int {
        let divisions = (0...worldSize / 2).compactMap { teachers in
            speed(students: worldSize - teachers, teachers: teachers).map { (teachers, $0) }
        }
        let fastest = divisions.map(\.1).max() ?? 0
        return divisions.first { $0.1 >= fastest * 0.999 }?.0 ?? 0
    }

    /// Images of each domain in a unit of `costs`; nil where the batch cannot be shared out.
    private func speed(students: Int, teachers: Int) -> Double? {
        guard (try? batch.imagesPerStudent(students: students)) != nil else { return nil }
        guard teachers > 0 else { return Double(students) / (costs.student + costs.labelling) }
        let labelling = costs.labelling * Double((students + teachers - 1) / teachers)
        let step = lag == 0 ? max(costs.source, labelling) + costs.rest : max(costs.student, labelling)
        return Double(students) / step
    }
}

extension TeacherPlan {
    /// For a setting with a teacher.
    init(_ configuration: RunConfiguration, _ parameters: SelfTrainingConfiguration) {
        costs = .measured(
            hasTwoResolutions: configuration.model.multiResolution != nil,
            isMasked: parameters.maskedConsistency != nil)
        lag = configuration.distribution.teacherLag
        batch = configuration.training.batch
    }
}

extension TeacherPlan.Costs {
    /// Seconds of MiT-B5 in the published sizes, one image of each domain, two threads of an AMD EPYC (AVX2);
    /// `docs/performance.md` has the table and how to measure it again. Other encoders share their time out alike.
    static func measured(hasTwoResolutions: Bool, isMasked: Bool) -> Self {
        let (source, mixed, labelling) = hasTwoResolutions ? (17.0, 10.9, 18.7) : (7.1, 5.9, 1.9)
        return Self(source: source, rest: isMasked ? 2 * mixed : mixed, labelling: labelling)
    }
}
