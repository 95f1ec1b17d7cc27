extension TeacherPlan.Costs {
    /// Seconds of MiT-B5 in the published sizes, one image of each domain, two threads of an AMD EPYC (AVX2);
    /// `docs/performance.md` has the table and how to measure it again. Other encoders share their time out alike.
    static func measured(hasTwoResolutions: Bool, isMasked: Bool) -> Self {
        let (source, mixed, labelling) = hasTwoResolutions ? (17.0, 10.9, 18.7) : (7.1, 5.9, 1.9)
        return Self(source: source, rest: isMasked ? 2 * mixed : mixed, labelling: labelling)
    }
}
