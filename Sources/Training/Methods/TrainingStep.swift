package import Collectives
package import DataLoading
package import DataParallel
package import TensorEngine

/// One method's step on a student: everything between the batch and the reduced gradients.
///
/// Every rank makes the same collective calls, whatever its images hold.
package protocol TrainingStep {
    /// What the step keeps from one to the next besides the student's replica: a teacher of its own, a bank, a pool. A
    /// run that goes on finds it again.
    var parts: [any CheckpointPart] { get }
    /// Leaves the gradients of the global batch in the replica, summed over all students; losses that say `isNothing`
    /// where no student has anything to learn from.
    func run(_ step: Int, _ batch: LoadedBatch) throws -> StepLosses
    /// Takes back what losses that were not finite spoilt besides gradients and running statistics: the step is
    /// skipped. What only images decided, such as what mixing remembers, stays.
    func undo()
}

/// The loss terms of a step on one student. Terms are already divided by global counts, so their sums over students are
/// the losses of the global batch.
package struct StepLosses {
    /// Known once they were read by `sum`.
    package private(set) var terms: [(name: String, value: Double)] = []
    /// Still on the device.
    private var unread: [(name: String, value: Tensor)] = []
    /// Global values for the log, the same on every student.
    package private(set) var reports: [(name: String, value: Double)] = []

    /// Whether there was nothing to learn, which all students find out together: the weights stay as they are.
    package var isNothing = false

    package init() {}

    /// Adds a term; a second one of the same name is added to the first. The step does not wait for its value.
    package mutating func append(_ name: String, _ loss: Tensor) { unread.append((name, loss.detached())) }
    package mutating func report(_ name: String, _ value: Double) { reports.append((name, value)) }

    /// Brings the terms to the host, all at once.
    private mutating func read() {
        for (name, value) in zip(unread.map(\.name), Tensor.items(unread.map(\.value))) {
            if let index = terms.firstIndex(where: { $0.name == name }) {
                terms[index].value += Double(value)
            } else {
                terms.append((name, Double(value)))
            }
        }
        unread = []
    }

    /// The loss of the step.
    package var total: Double { terms.reduce(0) { $0 + $1.value } }

    /// Makes the terms those of the global batch.
    package mutating func sum(over students: any ProcessGroup) throws(CollectiveError) {
        read()
        var values = terms.map(\.value)
        try students.allReduce(&values, .sum)
        terms = zip(terms, values).map { ($0.name, $1) }
    }
}
