internal import TensorEngine
internal import Training

/// Where the time of a step goes: operations of one rank, as means over the steps.
///
/// The rows add up to the step: what happens between the operations has rows of its own.
public struct StepProfile: Sendable {
    struct Row: Sendable {
        let name: String
        let phase: String
        /// Empty unless shapes are told apart.
        let shapes: [[Int]]
        let isProduct: Bool
        /// Of a step, as are the numbers below.
        var calls: Double
        var seconds: Double
        var flops: Double
        var bytes: Double
    }

    /// The name of rows for what happens between operations: recording the tape, mixing, waiting for other ranks.
    static let outside = "outside operations"

    /// The slowest first.
    let rows: [Row]
    /// Mean of this rank's steps.
    let stepSeconds: Double
    let limits: MachineLimits
    /// Groups of phases, in their order in a step.
    let groups: [String]
    /// Whose times these are: `host` or `device`.
    let clock = Engine.clockName

    /// - Parameter phases: those that a step enters, in order.
    init(
        _ profile: OperationProfile, phases: [StepPhase], timings: [StepMeasurement.Timing],
        limits: MachineLimits
    ) {
        let steps = Double(timings.count)
        var rows: [String: Row] = [:]
        for row in profile.rows {
            let phase = phases.first { $0.name == row.phase }?.group ?? ""
            let empty = Row(
                name: row.name, phase: phase, shapes: row.shapes, isProduct: row.isProduct, calls: 0, seconds: 0,
                flops: 0, bytes: 0)
            rows["\(phase)/\(row.name)/\(row.shapes)", default: empty].add(row, steps: steps)
        }
        stepSeconds = timings.reduce(0) { $0 + $1.total } / steps
        self.limits = limits
        let operations = Array(rows.values)
        let seconds = Self.groupSeconds(phases, timings)
        groups = seconds.map(\.phase)
        self.rows = (operations + Self.outsideRows(operations, seconds, stepSeconds)).sorted { $0.seconds > $1.seconds }
    }

    /// Mean seconds of the groups of phases, in their order in a step.
    private static func groupSeconds(
        _ phases: [StepPhase], _ timings: [StepMeasurement.Timing]
    ) -> [(phase: String, seconds: Double)] {
        var groups: [(phase: String, seconds: Double)] = []
        for phase in phases {
            let seconds = timings.reduce(0) { $0 + ($1.phases[phase] ?? 0) } / Double(timings.count)
            if let index = groups.firstIndex(where: { $0.phase == phase.group }) {
                groups[index].seconds += seconds
            } else {
                groups.append((phase.group, seconds))
            }
        }
        return groups
    }

    private static func outsideRows(
        _ operations: [Row], _ phases: [(phase: String, seconds: Double)], _ stepSeconds: Double
    ) -> [Row] {
        let between = stepSeconds - phases.reduce(0) { $0 + $1.seconds }
        return (phases + [("", between)]).compactMap { phase, seconds in
            let inside = operations.filter { $0.phase == phase }.reduce(0) { $0 + $1.seconds }
            guard seconds != 0 || inside != 0 else { return nil }
            return Row(
                name: outside, phase: phase, shapes: [], isProduct: false, calls: 0, seconds: seconds - inside,
                flops: 0, bytes: 0)
        }
    }

    /// Floating-point operations of a step that can be cut into matrix products.
    var productFlops: Double { rows.filter(\.isProduct).reduce(0) { $0 + $1.flops } }
    /// Share of the step that its products would take at the limit of matrix products.
    var productShare: Double { productFlops / limits.flopsPerSecond / stepSeconds }

    /// What the row would take at the machine's limits by what it takes; nil where nothing is counted.
    func shareOfLimit(_ row: Row) -> Double? {
        let least = limits.leastSeconds(flops: row.flops, bytes: row.bytes)
        return least > 0 && row.seconds > 0 ? least / row.seconds : nil
    }
}

extension StepProfile.Row {
    fileprivate mutating func add(_ row: OperationProfile.Row, steps: Double) {
        calls += Double(row.calls) / steps
        seconds += row.seconds / steps
        flops += row.flops / steps
        bytes += row.bytes / steps
    }
}
