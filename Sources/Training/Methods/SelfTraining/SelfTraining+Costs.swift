internal import Configuration

extension SelfTraining {
    /// Seconds of the passes over one image of each domain, MiT-B5 in the published sizes and two threads;
    /// `docs/performance.md` has the tables and how to measure them again. Other encoders share their time out alike.
    private struct Passes {
        let source: Double
        /// Mixed, masked or inversely mixed.
        let mixed: Double
        /// Over pasted objects.
        var pasted = 0.0
        let labelling: Double

        /// - Parameter seeksObjects: whether a teacher tells objects too.
        init(of model: ModelConfiguration, seeksObjects: Bool) {
            guard model.objects == nil else {
                // LIDAPS, AMD EPYC with AVX-512. Classes alone take a teacher a third of a pass that also goes back.
                (source, mixed, pasted, labelling) = (7.8, 7.25, 4.15, seeksObjects ? 2.8 : 2.4)
                return
            }
            // AMD EPYC with AVX2.
            (source, mixed, labelling) = model.multiResolution == nil ? (7.1, 5.9, 1.9) : (17.0, 10.9, 18.7)
        }
    }

    private func passes(in run: RunConfiguration) -> Passes {
        Passes(of: run.model, seeksObjects: instanceMixing != nil)
    }

    /// Of a step that has all of its parts.
    package func costs(in run: RunConfiguration) -> TeacherPlan.Costs {
        let passes = passes(in: run)
        let mixtures = [true, maskedConsistency != nil, invertedClassMix != nil].count { $0 }
        return TeacherPlan.Costs(
            source: passes.source, rest: Double(mixtures) * passes.mixed + (instanceMixing == nil ? 0 : passes.pasted),
            labelling: passes.labelling)
    }

    /// Before the first pseudo-labels a step is its source pass; pasted objects and inverted mixtures are passes of
    /// their own, from their first steps on. Where teachers have ranks of their own, students do not wait for them.
    package func stepCosts(in run: RunConfiguration) -> [StepCost] {
        let passes = passes(in: run)
        let mixed = passes.mixed
        var labelling = passes.labelling
        if case .fixed(let teachers) = run.distribution.teachers, teachers > 0 { labelling = 0 }
        var parts = [(from: 0, cost: passes.source)]
        parts.append((sourceOnlySteps, (maskedConsistency == nil ? 1 : 2) * mixed + labelling))
        if let instanceMixing { parts.append((max(instanceMixing.from, sourceOnlySteps), passes.pasted)) }
        if let invertedClassMix { parts.append((max(invertedClassMix.from, sourceOnlySteps), mixed)) }
        return Set(parts.map(\.from)).sorted().map { step in
            StepCost(from: step, relative: parts.reduce(0) { $0 + ($1.from <= step ? $1.cost : 0) })
        }
    }
}
