extension Tensor {
    /// `body(self)`, of which the tape keeps `self` alone: the backward pass runs `body` once more, on a tape of its
    /// own that lives no longer than its gradients take (Chen et al., arXiv:1604.06174).
    ///
    /// - Parameter body: gives the same elements whenever it is called, to the bit, and changes nothing else; so it may
    ///   draw noise by key, but must not move running statistics or make collective calls. Parameters that it uses get
    ///   their gradients.
    public func recomputingInBackward(_ body: @escaping (Tensor) -> Tensor) -> Tensor {
        guard GradientMode.isRecording else { return body(self) }
        let output = withoutGradients { body(detached()) }
        let input = Kept(self)
        // Recorded without a look at the input: parameters inside the body want gradients even where it wants none.
        let node = GradientNode(inputs: [self.node]) { upstream, _ in
            let leaf = input.take().trackingGradient()
            let again = GradientMode.$isRecording.withValue(true) { body(leaf) }
            runBackward(from: [(output: again, upstream: upstream)])
            return [leaf.gradient]
        }
        return Tensor(output.array, node: node)
    }
}
