internal import DeviceSeam

/// Attention without scores in memory, for heads of the sizes that kernels are written for.
extension DeviceBackend {
    func fusedAttention(_ plan: FusedAttention, into output: FloatArray, logSums: FloatArray, faults: Faults) {
        let blind = faults.words.view(from: Faults.Word.blindQueries.rawValue, shape: [1])
        forEachRun(of: plan.operands.batch) { images in
            context.launch(
                name("attention", plan),
                groups: (plan.blocks(plan.operands.queryCount, of: 64), plan.operands.heads, images.count),
                [plan.packed(from: images.lowerBound), output, logSums, blind])
        }
    }

    func fusedAttentionGradients(
        _ upstream: FloatArray, _ plan: FusedAttention, output: FloatArray, logSums: FloatArray,
        into gradients: AttentionGradients
    ) {
        let operands = plan.operands
        let deltas = floats([operands.batch, operands.heads, operands.queryCount])
        context.launch(
            "attention_deltas", each: deltas.count,
            [upstream, output, deltas, operands.queryCount, operands.heads, operands.channels, deltas.count])
        let above = FusedGradient(upstream: upstream, logSums: logSums, deltas: deltas)
        // Kernels get its address alone.
        defer { withExtendedLifetime(deltas) {} }
        forEachRun(of: operands.batch) { images in
            let packed = plan.packed(from: images.lowerBound)
            context.launch(
                name("query_gradient", plan),
                groups: (plan.blocks(operands.queryCount, of: 32), operands.heads, images.count),
                [packed, above.packed, gradients.queries])
            context.launch(
                name("key_gradients", plan),
                groups: (plan.blocks(operands.keyCount, of: 32), operands.heads, images.count),
                [
                    packed, above.packed, gradients.keys,
                    gradients.values.view(from: operands.valueStart, shape: []),
                ])
        }
        if let bias = gradients.bias { biasGradient(above, plan, into: bias) }
    }

    /// The table is cut into blocks of 32 x 32 pairs, and the images of a pattern into shares, whose sums are added in
    /// their order.
    private func biasGradient(_ above: FusedGradient, _ plan: FusedAttention, into bias: FloatArray) {
        guard let table = plan.operands.bias else { return }
        guard plan.operands.batch > 0, bias.count > 0 else { return fill(bias, with: 0) }
        let shares = plan.biasShares(table, scratch: limits.scoreFloats)
        let partial = shares == 1 ? bias : floats([shares, bias.count])
        let keyBlocks = plan.blocks(plan.operands.keyCount, of: 32)
        var packed = PackedValue()
        for number in [table.patterns, table.heads, plan.operands.batch, shares, keyBlocks] {
            packed.add(int64: number)
        }
        context.launch(
            name("bias_gradient", plan),
            groups: (
                keyBlocks * plan.blocks(plan.operands.queryCount, of: 32), table.heads, table.patterns * shares
            ),
            [plan.packed(from: 0), above.packed, partial, packed])
        guard shares > 1 else { return }
        foldShares(partial, shares, into: bias, adding: false)
    }

    private func name(_ what: String, _ plan: FusedAttention) -> String {
        "fused_\(what)_\(plan.operands.headSize)_\(precision)"
    }

    /// Images, so many at a time as a grid takes.
    private func forEachRun(of images: Int, _ body: (Range<Int>) -> Void) {
        for first in stride(from: 0, to: images, by: 65_535) { body(first..<min(images, first + 65_535)) }
    }
}

/// An attention that kernels do whole.
struct FusedAttention {
    let operands: AttentionOperands

    /// `nil` where its heads are of another size, or its grids would be too large.
    init?(_ operands: AttentionOperands) {
        let tables = [operands.bias, operands.penalty, operands.visible]
        guard [32, 64].contains(operands.headSize), operands.heads <= 65_535, operands.queryCount > 0,
            operands.keyCount > 0, tables.allSatisfy({ ($0?.patterns ?? 1) <= 65_535 })
        else { return nil }
        self.operands = operands
    }

    func blocks(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

    /// Into how many shares the images of a pattern are cut: one for each sixteen attentions that meet in a place of
    /// the table, as long as the shares are no more than a scratch may be.
    func biasShares(_ table: AttentionOperands.PairTable, scratch: Int) -> Int {
        let images = blocks(operands.batch, of: table.patterns)
        let wanted = blocks(images * (operands.heads / table.heads), of: 16)
        let most = min(64, images, scratch / max(1, table.array.count), 65_535 / table.patterns)
        return max(1, min(wanted, most))
    }

    func packed(from image: Int) -> PackedValue {
        var value = PackedValue()
        value.add(address: operands.queries.address)
        value.add(address: operands.keys.address)
        value.add(address: operands.values.view(from: operands.valueStart, shape: []).address)
        let causal = operands.isCausal ? operands.keyCount - operands.queryCount : operands.keyCount
        for number in [
            image, operands.queryCount, operands.keyCount, operands.heads, operands.channels, operands.keyRowStride,
            causal,
        ] { value.add(int64: number) }
        for table in [operands.bias, operands.penalty, operands.visible] { add(table, to: &value) }
        value.add(float: operands.scale)
        value.add(int32: 0)
        return value
    }

    private func add(_ table: AttentionOperands.PairTable?, to value: inout PackedValue) {
        let rows = table?.isOfKeys == true ? 1 : operands.queryCount
        let perHead = rows * operands.keyCount
        value.add(address: table?.array.address)
        value.add(int64: table?.patterns ?? 1)
        value.add(int64: (table?.heads ?? 0) * perHead)
        value.add(int64: table.map { $0.heads == 1 ? 0 : perHead } ?? 0)
        value.add(int64: table.map { $0.isOfKeys ? 0 : operands.keyCount } ?? 0)
    }
}

/// What the gradients of an attention are made of besides its operands.
private struct FusedGradient {
    let packed: PackedValue

    init(upstream: FloatArray, logSums: FloatArray, deltas: FloatArray) {
        var value = PackedValue()
        for array in [upstream, logSums, deltas] { value.add(address: array.address) }
        packed = value
    }
}
