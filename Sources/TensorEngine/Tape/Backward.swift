extension Tensor {
    /// Adds the gradient of this scalar to every leaf it depends on, and frees the tape on the way.
    ///
    /// - Precondition: one element, made by recorded operations.
    public func backward() {
        precondition(count == 1, "backward: a tensor of shape \(shape) needs an upstream gradient")
        runBackward(from: [(output: self, upstream: Tensor.ones(shape))])
    }
}

/// Adds the gradient of `sum(output * upstream)` over all pairs to every leaf, and frees the tape on the way.
///
/// A tape is good for one backward pass. Outputs that depend on no leaf are passed over.
///
/// - Precondition: each upstream has its output's shape.
public func runBackward(from roots: [(output: Tensor, upstream: Tensor)]) {
    let nodes = reachableNodes(from: roots.compactMap(\.output.node))
    for (output, upstream) in roots {
        precondition(output.shape == upstream.shape, "backward: upstream \(upstream.shape) for output \(output.shape)")
        if let node = output.node { deliver(upstream, to: node) }
    }
    let observer = OperationObserver.current
    withoutGradients {
        for node in nodes where !node.isLeaf {
            propagate(node)
            observer?.note()
        }
    }
}

/// Every node the roots depend on, newest first, each with `pending` set to its number of consumers.
private func reachableNodes(from roots: [GradientNode]) -> [GradientNode] {
    var seen: Set<ObjectIdentifier> = []
    var found: [GradientNode] = []
    var stack = roots
    for root in roots { root.pending += 1 }
    while let node = stack.popLast() {
        guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
        precondition(node.isLeaf || node.rule != nil, "backward: this part of the tape was already used and freed")
        found.append(node)
        for case let input? in node.inputs {
            input.pending += 1
            stack.append(input)
        }
    }
    return found.sorted { $0.sequence > $1.sequence }
}

/// Runs one rule and hands its results on; the rule and everything it kept is freed before the next one runs.
private func propagate(_ node: GradientNode) {
    let inputs = node.inputs
    let rule = node.rule
    let upstream = node.gradient
    node.rule = nil
    node.gradient = nil
    node.inputs = []
    let results = upstream.flatMap { rule?($0, GradientNeeds(inputs)) } ?? inputs.map { _ in nil }
    precondition(
        results.count == inputs.count, "a gradient rule answered for \(results.count) of \(inputs.count) inputs")
    for case let (input?, contribution) in zip(inputs, results) { deliver(contribution, to: input) }
}

/// Counts a contribution in; a rule may have none for an input (`nil`), which still counts.
private func deliver(_ contribution: Tensor?, to node: GradientNode) {
    if let contribution { node.accumulate(contribution) }
    node.pending -= 1
    if node.pending == 0, node.isLeaf { node.whenComplete?() }
}
