internal import Collectives
internal import DataLoading
internal import TensorEngine

/// One method's step on a student: everything between the batch and the reduced gradients.
///
/// Every rank makes the same collective calls, whatever its images hold.
protocol TrainingStep {
    /// Leaves the gradients of the global batch in the replica, summed over all students.
    func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses
    /// Takes back what the last `run` changed besides gradients: its losses were not finite and the step is skipped.
    func undo()
}

extension TrainingStep {
    func undo() {}
}

/// The loss terms of a step on one student. Terms are already divided by global counts, so their sums over students are
/// the losses of the global batch.
struct StepLosses {
    private(set) var terms: [(name: String, value: Double)] = []
    /// Global values for the log, the same on every student.
    private(set) var reports: [(name: String, value: Double)] = []

    /// Adds a term; a second one of the same name is added to the first.
    mutating func append(_ name: String, _ loss: Tensor) {
        let value = Double(loss.item())
        guard let index = terms.firstIndex(where: { $0.name == name }) else { return terms.append((name, value)) }
        terms[index].value += value
    }
    mutating func report(_ name: String, _ value: Double) { reports.append((name, value)) }

    /// The loss of the step.
    var total: Double { terms.reduce(0) { $0 + $1.value } }

    /// Makes the terms those of the global batch.
    mutating func sum(over students: any ProcessGroup) throws(CollectiveError) {
        var values = terms.map(\.value)
        try students.allReduce(&values, .sum)
        terms = zip(terms, values).map { ($0.name, $1) }
    }
}
