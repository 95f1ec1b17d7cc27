public import TensorEngine
public import Testing

/// Checks a gradient rule against central differences of a random projection of the output.
///
/// - Parameters:
///   - inputs: values at which to check; keep them small (every element is moved twice) and away from kinks.
///   - step: half the distance of the two evaluations.
///   - tolerance: relative to the largest numeric gradient of each input, or absolute below 1.
///   - operation: the operation, from inputs in order to the output.
public func checkGradients(
    _ inputs: [Tensor], step: Float = 1e-2, tolerance: Float = 1e-2,
    sourceLocation: SourceLocation = #_sourceLocation, _ operation: ([Tensor]) -> Tensor
) {
    let leaves = inputs.map { $0.detached().trackingGradient() }
    let output = operation(leaves)
    let upstream = pseudoRandomTensor(output.shape, seed: 7)
    runBackward(from: [(output, upstream)])
    for (index, leaf) in leaves.enumerated() {
        let numeric = numericGradient(inputs, of: index, step: step, upstream: upstream.values(), operation)
        let exact = leaf.gradient?.values() ?? [Float](repeating: 0, count: leaf.count)
        let scale = max(1, numeric.map(abs).max() ?? 0)
        for position in exact.indices where !(abs(exact[position] - numeric[position]) <= tolerance * scale) {
            Issue.record(
                "input \(index), element \(position): gradient \(exact[position]), differences \(numeric[position])",
                sourceLocation: sourceLocation)
            return
        }
    }
}

private func numericGradient(
    _ inputs: [Tensor], of index: Int, step: Float, upstream: [Float], _ operation: ([Tensor]) -> Tensor
) -> [Float] {
    let base = inputs[index].values()
    func projection(_ values: [Float]) -> Double {
        var moved = inputs.map { $0.detached() }
        moved[index] = Tensor(values, shape: inputs[index].shape)
        return zip(operation(moved).values(), upstream).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return base.indices.map { position in
        var (up, down) = (base, base)
        up[position] += step
        down[position] -= step
        return Float((projection(up) - projection(down)) / Double(up[position] - down[position]))
    }
}
