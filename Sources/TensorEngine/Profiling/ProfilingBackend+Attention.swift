extension ProfilingBackend: AttentionKernels {
    /// Two products: scores, and their mean of the values.
    package func attention(_ operands: AttentionOperands, into output: Tensor, logSums: Tensor) {
        timed(
            "attention", reads: operands.inputs, writes: [output, logSums], flops: 2 * operands.productFlops,
            isProduct: true
        ) {
            base.attention(operands, into: output, logSums: logSums)
        }
    }

    /// Five products: scores once more, as they are not kept, and the gradients of values, scores, queries and keys.
    package func attentionGradients(
        _ upstream: Tensor, _ operands: AttentionOperands, output: Tensor, logSums: Tensor, queryGradient: Tensor,
        keyGradient: Tensor, valueGradient: Tensor
    ) {
        let sharesMemory = keyGradient.memory === valueGradient.memory
        timed(
            "attention gradient", reads: operands.inputs + [upstream, output, logSums],
            writes: [queryGradient, keyGradient] + (sharesMemory ? [] : [valueGradient]),
            flops: 5 * operands.productFlops, isProduct: true
        ) {
            base.attentionGradients(
                upstream, operands, output: output, logSums: logSums, queryGradient: queryGradient,
                keyGradient: keyGradient, valueGradient: valueGradient)
        }
    }
}

extension AttentionOperands {
    /// Multiplications and additions of one product over all heads.
    fileprivate var productFlops: Int { 2 * batch * queryCount * keyCount * channels }

    /// Keys and values that lie in one tensor count once.
    fileprivate var inputs: [Tensor] { keys.memory === values.memory ? [queries, keys] : [queries, keys, values] }
}
