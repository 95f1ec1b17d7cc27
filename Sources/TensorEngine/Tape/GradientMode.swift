/// Whether operations are recorded. Each task has its own.
package enum GradientMode {
    @TaskLocal package static var isRecording = true
}

/// Runs `body` without a tape: nothing is kept for a backward pass.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try GradientMode.$isRecording.withValue(false, operation: body)
}

extension Tensor {
    /// Puts the result of an operation on the tape, unless nothing upstream of it wants a gradient.
    ///
    /// - Parameters:
    ///   - inputs: the operation's differentiable inputs, in the order `rule` answers for.
    ///   - remake: makes the same elements again from what was kept of the inputs, to the bit; for operations whose
    ///     output costs less to make again than to keep.
    ///   - rule: must not capture `self` (capture the value from before this call instead). What it needs of large
    ///     inputs it captures as `Kept`.
    package func recorded(
        from inputs: [Tensor], remadeBy remake: (() -> Tensor)? = nil, rule: @escaping GradientNode.Rule
    ) -> Tensor {
        OperationObserver.current?.note()
        guard inputs.contains(where: { $0.node != nil }), GradientMode.isRecording else { return self }
        return Tensor(
            array, node: GradientNode(inputs: inputs.map(\.node), rule: rule), recipe: remake.map(Recipe.init))
    }

    /// The same elements as a leaf of the tape, whose gradient a backward pass leaves in `gradient`.
    public func trackingGradient() -> Tensor {
        Tensor(array, node: GradientNode(inputs: [], rule: nil))
    }

    /// A leaf whose gradient is added to `accumulator` instead of to memory of its own.
    ///
    /// - Parameters:
    ///   - accumulator: gives the memory, of as many elements as `self`, when a gradient arrives or is asked for.
    ///   - whenComplete: called in every backward pass that reaches the leaf, once its last contribution is added.
    package func trackingGradient(
        into accumulator: @escaping () -> Tensor, whenComplete: (() -> Void)? = nil
    ) -> Tensor {
        let leaf = trackingGradient()
        leaf.node?.accumulator = accumulator
        leaf.node?.whenComplete = whenComplete
        return leaf
    }

    /// What backward passes have added to this leaf; `nil` before the first.
    public var gradient: Tensor? { node?.accumulator?() ?? node?.gradient }
}
