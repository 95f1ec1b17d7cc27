/// Decisions that all ranks take alike. Each call is a collective.
extension ProcessGroup {
    /// Whether the condition holds on every rank.
    public func allAgree(_ condition: Bool) throws(CollectiveError) -> Bool {
        try reduced(condition ? 1 : 0 as Int32, .min) == 1
    }

    /// Whether the condition holds on at least one rank.
    public func anyTrue(_ condition: Bool) throws(CollectiveError) -> Bool {
        try reduced(condition ? 1 : 0 as Int32, .max) == 1
    }

    /// The largest of the ranks' values.
    public func maximum<Scalar: CollectiveScalar>(_ value: Scalar) throws(CollectiveError) -> Scalar {
        try reduced(value, .max)
    }

    /// The smallest of the ranks' values.
    public func minimum<Scalar: CollectiveScalar>(_ value: Scalar) throws(CollectiveError) -> Scalar {
        try reduced(value, .min)
    }

    /// The sum of the ranks' values.
    public func sum<Scalar: CollectiveScalar>(_ value: Scalar) throws(CollectiveError) -> Scalar {
        try reduced(value, .sum)
    }

    private func reduced<Scalar: CollectiveScalar>(
        _ value: Scalar, _ reduction: Reduction
    ) throws(CollectiveError) -> Scalar {
        var values = [value]
        try allReduce(&values, reduction)
        return values[0]
    }
}
