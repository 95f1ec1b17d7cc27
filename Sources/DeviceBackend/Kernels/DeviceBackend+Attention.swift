package import DeviceSeam

/// Attention by fused kernels where heads have a size that they are written for, otherwise in blocks of queries: of
/// each image the scores of all heads, which are products, then softmax, then products.
extension DeviceBackend {
    package func attention(
        _ operands: AttentionOperands, into output: FloatArray, logSums: FloatArray, faults: Faults
    ) {
        if let fused = FusedAttention(operands) {
            return fusedAttention(fused, into: output, logSums: logSums, faults: faults)
        }
        let plan = AttentionPlan(operands, scoreFloats: limits.scoreFloats)
        let blind = faults.words.view(from: Faults.Word.blindQueries.rawValue, shape: [1])
        forEachBlock(plan) { block, scores in
            self.scores(block, plan, into: scores)
            context.launch(
                "attention_probabilities", groups: ((block.rows + 3) / 4, 1, 1),
                [scores, plan.sums(logSums, block.image)] + plan.tables(block) + [
                    block.first, block.count, operands.queryCount, operands.keyCount, plan.causal, block.rows, blind,
                ])
            run(
                plan.product(
                    plan.scores(scores, block), plan.values(block.image), into: plan.queries(output, block),
                    rows: block.count, columns: operands.headSize, inner: operands.keyCount))
        }
    }

    /// With probabilities `P` and the output's gradient `dO`: `dV = P^T dO`, `dP = dO V^T`,
    /// `dS = P * (dP - rowsum(P * dP))`, `dQ = scale dS K`, `dK = scale dS^T Q`.
    package func attentionGradients(
        _ upstream: FloatArray, _ operands: AttentionOperands, output: FloatArray, logSums: FloatArray,
        into gradients: AttentionGradients
    ) {
        if let fused = FusedAttention(operands) {
            return fusedAttentionGradients(
                upstream, fused, output: output, logSums: logSums, into: gradients)
        }
        let plan = AttentionPlan(operands, scoreFloats: limits.scoreFloats)
        if let bias = gradients.bias { fill(bias, with: 0) }
        if operands.queryCount == 0 { [gradients.keys, gradients.values].forEach { fill($0, with: 0) } }
        forEachBlock(plan) { block, probabilities in
            let scoreGradients = floats([block.rows, operands.keyCount])
            scores(block, plan, into: probabilities)
            context.launch(
                "attention_probabilities_again", each: block.rows * operands.keyCount,
                [probabilities, plan.sums(logSums, block.image)] + plan.tables(block) + [
                    block.first, block.count, operands.queryCount, operands.keyCount, plan.causal,
                    block.rows * operands.keyCount,
                ])
            let above = plan.queries(upstream, block)
            addKeyGradient(
                probabilities, above, block, plan, scale: 1,
                to: plan.keys(gradients.values, block.image, start: operands.valueStart))
            run(
                plan.product(
                    above, plan.values(block.image, isTransposed: true), into: plan.scores(scoreGradients, block),
                    rows: block.count, columns: operands.keyCount, inner: operands.headSize))
            differentiate(probabilities, scoreGradients, block, plan, bias: gradients.bias)
            var ofQueries = plan.product(
                plan.scores(scoreGradients, block), plan.keys(operands.keys, block.image),
                into: plan.queries(gradients.queries, block), rows: block.count, columns: operands.headSize,
                inner: operands.keyCount)
            ofQueries.alpha = operands.scale
            run(ofQueries)
            addKeyGradient(
                scoreGradients, plan.queries(operands.queries, block), block, plan, scale: operands.scale,
                to: plan.keys(gradients.keys, block.image))
        }
    }

    private func forEachBlock(_ plan: AttentionPlan, _ body: (AttentionBlock, _ scores: FloatArray) -> Void) {
        guard plan.operands.queryCount > 0, plan.operands.batch > 0 else { return }
        let scores = floats([plan.operands.heads * plan.blockRows, plan.operands.keyCount])
        for image in 0..<plan.operands.batch {
            for first in stride(from: 0, to: plan.operands.queryCount, by: plan.blockRows) {
                let count = min(plan.blockRows, plan.operands.queryCount - first)
                body(AttentionBlock(image: image, first: first, count: count, heads: plan.operands.heads), scores)
            }
        }
    }

    /// `scale * queries keys^T`
    private func scores(_ block: AttentionBlock, _ plan: AttentionPlan, into scores: FloatArray) {
        var call = plan.product(
            plan.queries(plan.operands.queries, block), plan.keys(plan.operands.keys, block.image, isTransposed: true),
            into: plan.scores(scores, block), rows: block.count, columns: plan.operands.keyCount,
            inner: plan.operands.headSize)
        call.alpha = plan.operands.scale
        run(call)
    }

    /// Adds `scale * scores^T rows`, over the blocks of an image.
    private func addKeyGradient(
        _ scores: FloatArray, _ rows: HeadMatrix, _ block: AttentionBlock, _ plan: AttentionPlan, scale: Float,
        to gradient: HeadMatrix
    ) {
        var call = plan.product(
            plan.scores(scores, block, isTransposed: true), rows, into: gradient, rows: plan.operands.keyCount,
            columns: plan.operands.headSize, inner: block.count)
        (call.alpha, call.beta) = (scale, block.first == 0 ? 0 : 1)
        run(call)
    }

    /// Gradients of probabilities become those of scores, which are those of the bias too.
    private func differentiate(
        _ probabilities: FloatArray, _ gradients: FloatArray, _ block: AttentionBlock, _ plan: AttentionPlan,
        bias: FloatArray?
    ) {
        let operands = plan.operands
        context.launch(
            "attention_score_gradients", groups: ((block.rows + 3) / 4, 1, 1),
            [probabilities, gradients, operands.keyCount, block.rows])
        guard let bias, let table = operands.bias else { return }
        let count = table.heads * block.count * operands.keyCount
        let pattern = block.image % table.patterns * table.heads * operands.queryCount * operands.keyCount
        context.launch(
            "attention_bias_gradient", each: count,
            [
                gradients, bias.view(from: pattern, shape: []), operands.heads, table.heads, block.first, block.count,
                operands.queryCount, operands.keyCount, count,
            ])
    }
}

/// Neighbouring queries of an image, in all heads.
private struct AttentionBlock {
    let image: Int
    let first: Int
    let count: Int
    let heads: Int

    /// Rows of scores.
    var rows: Int { heads * count }
}

/// The matrices of all heads of an image: those of one head, and elements to those of the next.
private struct HeadMatrix {
    let matrix: Matrix
    let stride: Int
}

/// Where an attention's operands lie as matrices.
private struct AttentionPlan {
    let operands: AttentionOperands
    /// Queries whose scores exist at one time.
    let blockRows: Int

    /// - Parameter scoreFloats: of all heads that exist at one time.
    init(_ operands: AttentionOperands, scoreFloats: Int) {
        self.operands = operands
        let perQuery = max(1, operands.heads * operands.keyCount)
        blockRows = max(1, min(operands.queryCount, scoreFloats / perQuery))
    }

    /// A query sees no key further than this beyond its own number.
    var causal: Int { operands.isCausal ? operands.keyCount - operands.queryCount : operands.keyCount }

    func product(
        _ left: HeadMatrix, _ right: HeadMatrix, into output: HeadMatrix, rows: Int, columns: Int, inner: Int
    ) -> ProductCall {
        var call = ProductCall(
            left.matrix, right.matrix, into: output.matrix, rows: rows, columns: columns, inner: inner)
        (call.leftStride, call.rightStride, call.outputStride) = (left.stride, right.stride, output.stride)
        call.count = operands.heads
        return call
    }

    func queryStart(_ block: AttentionBlock) -> Int {
        (block.image * operands.queryCount + block.first) * operands.channels
    }

    /// A block of an array that is laid out as the queries.
    func queries(_ array: FloatArray, _ block: AttentionBlock) -> HeadMatrix {
        HeadMatrix(
            matrix: Matrix(array, start: queryStart(block), rowStride: operands.channels), stride: operands.headSize)
    }

    func keys(_ array: FloatArray, _ image: Int, start: Int = 0, isTransposed: Bool = false) -> HeadMatrix {
        let first = image * operands.keyCount * operands.keyRowStride + start
        return HeadMatrix(
            matrix: Matrix(array, start: first, rowStride: operands.keyRowStride, isTransposed: isTransposed),
            stride: operands.headSize)
    }

    func values(_ image: Int, isTransposed: Bool = false) -> HeadMatrix {
        keys(operands.values, image, start: operands.valueStart, isTransposed: isTransposed)
    }

    /// `[heads, block, keys]`
    func scores(_ array: FloatArray, _ block: AttentionBlock, isTransposed: Bool = false) -> HeadMatrix {
        HeadMatrix(
            matrix: Matrix(array, rowStride: operands.keyCount, isTransposed: isTransposed),
            stride: block.count * operands.keyCount)
    }

    /// An image's `[heads, N]` of `[B, heads, N]`.
    func sums(_ array: FloatArray, _ image: Int) -> FloatArray {
        array.view(from: image * operands.heads * operands.queryCount, shape: [operands.heads, operands.queryCount])
    }

    /// Bias, penalty and visible keys of an image.
    func tables(_ block: AttentionBlock) -> [any KernelArgument] {
        [operands.bias, operands.penalty, operands.visible].map { packed($0, block.image) }
    }

    private func packed(_ table: AttentionOperands.PairTable?, _ image: Int) -> PackedValue {
        var value = PackedValue()
        guard let table else {
            value.add(address: nil)
            value.add(int64: 0)
            value.add(int64: 0)
            return value
        }
        let rows = table.isOfKeys ? 1 : operands.queryCount
        let perHead = rows * operands.keyCount
        let start = image % table.patterns * table.heads * perHead
        value.add(address: table.array.view(from: start, shape: []).address)
        value.add(int64: table.heads == 1 ? 0 : perHead)
        value.add(int64: table.isOfKeys ? 0 : operands.keyCount)
        return value
    }
}
