/// How long the rest of a run takes, where its steps cost differently and scores are made on the way.
///
/// Steps of a kind that the run has come to are counted with their own recent pace, others with that of the last kind
/// and what they are known to cost beside it.
package struct RunPace {
    /// Seconds and steps of one kind, of which older ones count less.
    private struct Recent {
        var seconds = 0.0
        var steps = 0.0
        /// nil before the first.
        var secondsPerStep: Double? { steps > 0 ? seconds / steps : nil }
    }

    private let costs: [StepCost]
    private let totalSteps: Int
    /// Steps between two evaluations; nil for none.
    private let evaluationInterval: Int?
    private var recent: [Recent]
    /// Place of the last kind of step that was measured.
    private var last: Int?
    private var evaluationSeconds = 0.0

    /// What an older window counts beside a newer one.
    private static let fading = 0.7

    package init(_ configuration: RunConfiguration) {
        self.init(
            configuration.method.method.stepCosts(in: configuration), totalSteps: configuration.training.steps,
            evaluationInterval: configuration.evaluation.dataset == nil ? nil : configuration.evaluation.every)
    }

    /// - Precondition: costs begin with step 0.
    package init(_ costs: [StepCost], totalSteps: Int, evaluationInterval: Int? = nil) {
        precondition(costs.first?.from == 0, "RunPace: costs must begin with step 0, got \(costs)")
        self.costs = costs
        self.totalSteps = totalSteps
        self.evaluationInterval = evaluationInterval
        recent = costs.map { _ in Recent() }
    }

    /// Takes in what some steps took. Where they are of several kinds, time is shared out by what these cost.
    package mutating func add(steps: Range<Int>, seconds: Double) {
        let all = costs.sum(of: steps)
        guard all > 0, seconds.isFinite else { return }
        for place in costs.indices {
            let count = Double(costs.part(place, of: steps).count)
            guard count > 0 else { continue }
            recent[place].seconds = Self.fading * recent[place].seconds + seconds * count * costs[place].relative / all
            recent[place].steps = Self.fading * recent[place].steps + count
            last = place
        }
    }

    package mutating func addEvaluation(seconds: Double) { evaluationSeconds = seconds }

    /// After so many steps of the run; infinite before anything was measured.
    package func secondsLeft(after done: Int) -> Double {
        guard done < totalSteps else { return 0 }
        guard let last, let known = recent[last].secondsPerStep else { return .infinity }
        let left = done..<totalSteps
        let steps = costs.indices.reduce(0.0) { sum, place in
            let pace = recent[place].secondsPerStep ?? known * costs[place].relative / costs[last].relative
            return sum + pace * Double(costs.part(place, of: left).count)
        }
        return steps + evaluationSeconds * Double(evaluations(after: done))
    }

    /// Those that are still to come, the last one included.
    private func evaluations(after done: Int) -> Int {
        guard let interval = evaluationInterval else { return 0 }
        return (totalSteps - 1) / interval - done / interval + 1
    }
}
