/// What the steps of a run cost from one of them on, relative to the others.
package struct StepCost: Equatable, Sendable {
    /// The first step.
    package let from: Int
    /// In any unit, more than 0.
    package let relative: Double

    package init(from: Int, relative: Double) {
        self.from = from
        self.relative = relative
    }
}

extension [StepCost] {
    /// What some steps cost together. Costs are ascending and begin with step 0.
    package func sum(of steps: Range<Int>) -> Double {
        indices.reduce(0) { $0 + Double(part($1, of: steps).count) * self[$1].relative }
    }

    /// Those of some steps that the cost at a place is of.
    package func part(_ place: Int, of steps: Range<Int>) -> Range<Int> {
        let end = place + 1 < count ? self[place + 1].from : Int.max
        return steps.clamped(to: self[place].from..<Swift.max(end, self[place].from))
    }
}

extension RunConfiguration {
    /// The run's steps counted in those of its most costly kind, which a benchmark measures.
    package var wholeSteps: Double {
        let costs = method.method.stepCosts(in: self)
        guard let most = costs.map(\.relative).max(), most > 0 else { return Double(training.steps) }
        return costs.sum(of: 0..<training.steps) / most
    }
}
