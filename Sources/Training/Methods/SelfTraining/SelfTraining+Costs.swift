internal import Configuration

extension TeacherPlan.Costs {
    /// Seconds of MiT-B5 in the published sizes, one image of each domain, two threads of an AMD EPYC (AVX2);
    /// `docs/performance.md` has the table and how to measure it again. Other encoders share their time out alike.
    static func measured(hasTwoResolutions: Bool, isMasked: Bool) -> Self {
        let (source, mixed, labelling) = hasTwoResolutions ? (17.0, 10.9, 18.7) : (7.1, 5.9, 1.9)
        return Self(source: source, rest: isMasked ? 2 * mixed : mixed, labelling: labelling)
    }
}

extension SelfTraining {
    /// Before the first pseudo-labels a step is its source pass; pasted objects and inverted mixtures are passes of their
    /// own, from their first steps on. Where teachers have ranks of their own, students do not wait for them.
    package func stepCosts(in run: RunConfiguration) -> [StepCost] {
        let costs = costs(in: run)
        let mixed = costs.rest / (maskedConsistency == nil ? 1 : 2)
        var labelling = costs.labelling
        if case .fixed(let teachers) = run.distribution.teachers, teachers > 0 { labelling = 0 }
        var parts = [(from: 0, cost: costs.source), (from: sourceOnlySteps, cost: costs.rest + labelling)]
        if let instanceMixing { parts.append((max(instanceMixing.from, sourceOnlySteps), Self.pastedShare * mixed)) }
        if let invertedClassMix { parts.append((max(invertedClassMix.from, sourceOnlySteps), mixed)) }
        return Set(parts.map(\.from)).sorted().map { step in
            StepCost(from: step, relative: parts.reduce(0) { $0 + ($1.from <= step ? $1.cost : 0) })
        }
    }

    /// Of a mixed pass that one over pasted objects takes (`docs/performance.md`, LIDAPS at full size).
    private static let pastedShare = 0.57
}
