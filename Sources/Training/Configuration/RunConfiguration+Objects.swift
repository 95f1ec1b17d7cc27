internal import Evaluation

extension RunConfiguration {
    /// Whether the method learns from objects of the source.
    public var needsObjects: Bool { method.method.needsObjects }

    /// Whether a measure scores objects of `evaluation.dataset`.
    public var measuresObjects: Bool {
        let subject = MeasureSubject(labelSpace: scoredLabelSpace)
        return evaluation.measures.contains { type(of: $0.make(subject)).needsObjects }
    }
}
