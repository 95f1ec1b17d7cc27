/// The operands of one multi-scale deformable attention.
package struct DeformableAttentionOperands {
    /// `[B, L, C]`, the cells of all maps one map after another.
    package let values: FloatArray
    /// `[B, N, heads * levels * points * 2]`
    package let offsets: FloatArray
    /// `[B, N, heads * levels * points]`
    package let weights: FloatArray
    /// `[N, 2]`
    package let references: FloatArray
    /// Cells of each map; together `L`.
    package let levels: [(height: Int, width: Int)]
    package let heads: Int
    /// Samples of a query in each map.
    package let points: Int

    package init(
        values: FloatArray, offsets: FloatArray, weights: FloatArray, references: FloatArray,
        levels: [(height: Int, width: Int)], heads: Int, points: Int
    ) {
        self.values = values
        self.offsets = offsets
        self.weights = weights
        self.references = references
        self.levels = levels
        self.heads = heads
        self.points = points
    }

    package var batch: Int { values.shape[0] }
    package var cellCount: Int { values.shape[1] }
    package var channels: Int { values.shape[2] }
    package var headSize: Int { channels / heads }
    package var queryCount: Int { references.shape[0] }
    /// Samples of a query of one head.
    package var samples: Int { levels.count * points }
}

/// Where the gradients of a deformable attention go, in the layouts of their operands; all are written.
package struct DeformableAttentionGradients {
    package let values: FloatArray
    package let offsets: FloatArray
    package let weights: FloatArray

    package init(values: FloatArray, offsets: FloatArray, weights: FloatArray) {
        self.values = values
        self.offsets = offsets
        self.weights = weights
    }
}

/// Attention to samples between the cells of several maps, by the rules of `Tensor.deformableAttention`.
package protocol DeformableAttentionKernels {
    func deformableAttention(_ operands: DeformableAttentionOperands, into output: FloatArray)
    func deformableAttentionGradients(
        _ upstream: FloatArray, _ operands: DeformableAttentionOperands,
        into gradients: DeformableAttentionGradients)
}
