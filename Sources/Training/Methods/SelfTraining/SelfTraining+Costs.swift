internal import Configuration

extension TeacherPlan.Costs {
    /// Seconds of MiT-B5 in the published sizes, one image of each domain, two threads of an AMD EPYC (AVX2);
    /// `docs/performance.md` has the table and how to measure it again. Other encoders share their time out alike.
    static func measured(hasTwoResolutions: Bool, isMasked: Bool) -> Self {
        let (source, mixed, labelling) = hasTwoResolutions ? (17.0, 10.9, 18.7) : (7.1, 5.9, 1.9)
        return Self(source: source, rest: isMasked ? 2 * mixed : mixed, labelling: labelling)
    }

    /// With the part of the network that finds objects: in the source pass, and where objects are mixed in a pass of its
    /// own and in what the teacher looks for. Both at the size of one resolution, the only one that has objects.
    ///
    /// Counted and not measured, in products of 512 x 512 pixels: encoder and head of a pass that takes 5.9 s have 126
    /// thousand million, the encoder 69 of them, what finds objects 99 in training (512 boxes, 128 masks), 92 for a
    /// teacher (1000 boxes, 100 masks).
    func withObjects(areMixed: Bool) -> Self {
        let learning = 5.9 / 126
        let looking = 1.9 / 126
        return Self(
            source: source + 99 * learning, rest: rest + (areMixed ? (69 + 99) * learning : 0),
            labelling: labelling + (areMixed ? 92 * looking : 0))
    }

    /// With another pass like the mixed one.
    func withInvertedMixing() -> Self { Self(source: source, rest: rest + 5.9, labelling: labelling) }
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
