internal import DeviceSeam

extension Tensor {
    /// Multi-scale deformable attention (arXiv:2010.04159, equation 3) without its projections: a query of a head is
    /// `sum of weight * value` over `points` samples in each of several maps, at places of its own.
    ///
    /// A sample of a map of `height` x `width` cells lies at `x = reference.x * width - 0.5 + offset.x` cells, and
    /// likewise `y`. It is the bilinear mean of the four cells around it; cells outside of the map are 0. A place that
    /// is no number gives NaN.
    ///
    /// - Parameters:
    ///   - values: `[B, L, C]`, the cells of all maps, one map after another, the heads side by side in `C`.
    ///   - levels: size of each map; together `L` cells.
    ///   - offsets: `[B, N, heads * levels * points * 2]`, from outer to inner, x before y, in cells of the map.
    ///   - weights: `[B, N, heads * levels * points]`, as they are: those of a head's query sum to 1 where the caller
    ///     has seen to it.
    ///   - references: `[N, 2]`, x and y in 0...1 of the extent of every map; no gradient flows here.
    /// - Returns: `[B, N, C]`
    /// - Precondition: `heads` divides `C`; all sizes fit.
    public static func deformableAttention(
        values: Tensor, levels: [(height: Int, width: Int)], offsets: Tensor, weights: Tensor, references: Tensor,
        heads: Int, points: Int
    ) -> Tensor {
        let operands = DeformableAttentionOperands(
            values: values.array, offsets: offsets.array, weights: weights.array, references: references.array,
            levels: levels, heads: heads, points: points)
        check(operands)
        let output = Tensor(uninitialized: [operands.batch, operands.queryCount, operands.channels])
        let inputs = [values, offsets, weights].map { $0.detached() }
        let place = references.detached()
        let sampled = operands.batch * operands.queryCount * operands.samples * operands.channels
        let cellBytes = 4 * sampled * MemoryLayout<Float>.stride
        Engine.run(
            .call(
                "deformable attention", reads: inputs + [place], writes: [output], otherBytes: cellBytes,
                flops: 8 * sampled)
        ) {
            $0.deformableAttention(operands, into: output.array)
        }
        return output.recorded(from: [values, offsets, weights]) { upstream, _ in
            let gradients = inputs.map { Tensor(uninitialized: $0.shape) }
            Engine.run(
                .call(
                    "deformable attention gradient", reads: inputs + [place, upstream], writes: gradients,
                    otherBytes: 3 * cellBytes, flops: 16 * sampled)
            ) {
                $0.deformableAttentionGradients(
                    upstream.array, operands,
                    into: DeformableAttentionGradients(
                        values: gradients[0].array, offsets: gradients[1].array, weights: gradients[2].array))
            }
            return gradients
        }
    }

    private static func check(_ operands: DeformableAttentionOperands) {
        let (values, references) = (operands.values.shape, operands.references.shape)
        precondition(
            values.count == 3 && operands.heads >= 1 && values[2] >= operands.heads
                && values[2].isMultiple(of: operands.heads),
            "deformableAttention: values must be [B, L, C] with C a multiple of \(operands.heads) heads, got \(values)")
        precondition(
            operands.points >= 1 && !operands.levels.isEmpty
                && operands.levels.allSatisfy { $0.height >= 1 && $0.width >= 1 }
                && operands.levels.reduce(0) { $0 + $1.height * $1.width } == values[1],
            "deformableAttention: maps of \(operands.levels) do not have \(values[1]) cells")
        precondition(
            references.count == 2 && references[1] == 2,
            "deformableAttention: references must be [N, 2], got \(references)")
        let weights = [values[0], references[0], operands.heads * operands.samples]
        precondition(
            operands.weights.shape == weights
                && operands.offsets.shape == [weights[0], weights[1], 2 * weights[2]],
            "deformableAttention: \(references[0]) queries with \(operands.heads) heads, \(operands.levels.count) maps "
                + "and \(operands.points) points need weights \(weights) and two offsets for each, got "
                + "\(operands.weights.shape) and \(operands.offsets.shape)")
    }
}
