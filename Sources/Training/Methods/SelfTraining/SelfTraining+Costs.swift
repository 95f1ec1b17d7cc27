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
