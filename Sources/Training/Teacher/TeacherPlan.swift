internal import DataParallel

/// How many ranks of a job label for the others with `teachers: auto`: the fastest division among those that share the
/// batch out evenly, by the measured cost of each part of a step.
package struct TeacherPlan {
    /// What the parts of a step cost for one image of each domain, relative to each other.
    package struct Costs: Equatable, Sendable {
        /// Source pass with its losses, during which a teacher in step may label.
        package var source: Double
        /// What follows the labels: mixed and masked pass, update.
        package var rest: Double
        /// Labelling one target image.
        package var labelling: Double

        package init(source: Double, rest: Double, labelling: Double) {
            self.source = source
            self.rest = rest
            self.labelling = labelling
        }

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
    init(_ configuration: RunConfiguration, _ method: some TeachingMethod) {
        costs = method.costs(in: configuration)
        lag = configuration.distribution.teacherLag
        batch = configuration.training.batch
    }
}
