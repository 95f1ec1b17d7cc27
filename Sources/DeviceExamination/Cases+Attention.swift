internal import DeviceSeam

/// An attention: of how many queries and keys, and what else its scores depend on.
package struct AttentionCase: Sendable {
    package enum Table: String, Sendable, CaseIterable {
        case none, bias, sharedBias, penalty, biasAndPenalty, visible, visibleKeys, causal
    }

    package var batch: Int
    package var queries: Int
    package var keys: Int
    package var heads: Int
    package var channels: Int
    package var table: Table
    /// Images that share their tables with others.
    package var patterns: Int
    /// Whether operands are such that no precision changes anything (`FewDigits`); a bias is zeros then.
    var hasFewDigits = false

    package init(
        batch: Int, queries: Int, keys: Int, heads: Int, channels: Int, table: Table = .none, patterns: Int = 1
    ) {
        (self.batch, self.queries, self.keys, self.heads) = (batch, queries, keys, heads)
        (self.channels, self.table, self.patterns) = (channels, table, patterns)
    }

    package var kernelCase: KernelCase {
        let text = (table == .none ? "" : ", \(table.rawValue)") + (hasFewDigits ? ", few digits" : "")
        return KernelCase(
            "attention", "\(batch)x\(queries) to \(keys), \(heads) heads of \(channels / heads)\(text)", calls)
    }

    private func operands(_ side: Side) -> AttentionOperands {
        let both = keysAndValues(side)
        var operands = AttentionOperands(
            queries: queries(side), keys: both, values: both, valueStart: channels, keyRowStride: 2 * channels,
            heads: heads)
        func random(_ patterns: Int, _ heads: Int, seed: UInt64) -> AttentionOperands.PairTable {
            .init(
                side.random([patterns, heads, queries, keys], seed: seed, scale: hasFewDigits ? 0 : 1),
                patterns: patterns, heads: heads, isOfKeys: false)
        }
        /// The first key is seen by all.
        func seen(_ heads: Int, queries: Int, isOfKeys: Bool) -> AttentionOperands.PairTable {
            let values = Noise.floats(patterns * heads * queries * keys, seed: 7).enumerated().map {
                $0.element > 0 || $0.offset % keys == 0 ? Float(1) : 0
            }
            return .init(
                side.array(values, [patterns, heads, queries, keys]), patterns: patterns, heads: heads,
                isOfKeys: isOfKeys)
        }
        switch table {
        case .none: break
        case .bias: operands.bias = random(patterns, heads, seed: 3)
        case .sharedBias: operands.bias = random(1, 1, seed: 3)
        case .penalty: operands.penalty = random(patterns, 1, seed: 4)
        case .biasAndPenalty:
            operands.bias = random(1, heads, seed: 3)
            operands.penalty = random(patterns, 1, seed: 4)
        case .visible: operands.visible = seen(heads, queries: queries, isOfKeys: false)
        case .visibleKeys: operands.visible = seen(1, queries: 1, isOfKeys: true)
        case .causal: operands.isCausal = true
        }
        return operands
    }

    private func queries(_ side: Side) -> FloatArray {
        let shape = [batch, queries, channels]
        guard hasFewDigits else { return side.random(shape, seed: 1) }
        let digits = FewDigits(headSize: channels / heads, keys: keys)
        let numbers = (0..<shape.product).map { digits.query($0 / channels, $0 % channels) }
        return side.array(numbers, shape)
    }

    private func keysAndValues(_ side: Side) -> FloatArray {
        let shape = [batch, keys, 2 * channels]
        guard hasFewDigits else { return side.random(shape, seed: 2) }
        let digits = FewDigits(headSize: channels / heads, keys: keys)
        let numbers = Noise.floats(shape.product, seed: 2).enumerated().map { place, random in
            let (row, channel) = (place / (2 * channels) % keys, place % (2 * channels))
            return channel < channels ? digits.key(row, channel) : FewDigits.value(random)
        }
        return side.array(numbers, shape)
    }

    private func upstream(_ side: Side) -> FloatArray {
        let shape = [batch, queries, channels]
        guard hasFewDigits else { return side.random(shape, seed: 5) }
        return side.array(Noise.floats(shape.product, seed: 5).map(FewDigits.value), shape)
    }

    private func calls(_ side: Side) -> [KernelCall] {
        let (operands, backend) = (operands(side), side.backend)
        let output = side.floats([batch, queries, channels])
        let (logSums, faults) = (side.floats([batch, heads, queries]), side.faults())
        let ofKeys = side.floats([batch, keys, 2 * channels])
        let gradients = AttentionGradients(
            queries: side.floats([batch, queries, channels]), keys: ofKeys, values: ofKeys,
            bias: operands.bias.map { side.floats($0.array.shape) })
        let upstream = upstream(side)
        var written = ["queries": gradients.queries, "keys and values": ofKeys]
        if let bias = gradients.bias { written["bias"] = bias }
        let flops = 4 * batch * queries * keys * channels
        // The gradient of what many queries share is a sum over them.
        let near = 1.5e-7 * Double(queries * (table == .sharedBias ? batch * heads : batch / patterns)).squareRoot()
        return [
            KernelCall(
                "attention", reads: [operands.queries, operands.keys], writes: ["output": output, "log sums": logSums],
                flops: flops, within: .values(1e-5), results: { ["faults": side.asFloats(faults.words)] }
            ) { backend.attention(operands, into: output, logSums: logSums, faults: faults) },
            KernelCall(
                "attentionGradients", reads: [upstream, output, operands.queries, operands.keys], writes: written,
                flops: flops * 5 / 2, within: .values(max(1e-5, near))
            ) {
                backend.attentionGradients(upstream, operands, output: output, logSums: logSums, into: gradients)
            },
        ]
    }
}

extension KernelCases {
    static func attention(_ extent: Extent) -> [KernelCase] {
        let small = AttentionCase.Table.allCases.map {
            AttentionCase(batch: 4, queries: 13, keys: 17, heads: 3, channels: 24, table: $0, patterns: 2)
        }
        return extent.pick(
            odd: [
                AttentionCase(batch: 1, queries: 1, keys: 1, heads: 1, channels: 1),
                AttentionCase(batch: 1, queries: 5, keys: 3, heads: 2, channels: 8),
            ],
            small: small + [AttentionCase(batch: 1, queries: 64, keys: 49, heads: 1, channels: 32)],
            network: [
                AttentionCase(batch: 1, queries: 16_384, keys: 256, heads: 1, channels: 64),
                AttentionCase(batch: 1, queries: 1024, keys: 256, heads: 5, channels: 320),
                AttentionCase(batch: 1, queries: 256, keys: 256, heads: 8, channels: 512),
                AttentionCase(
                    batch: 361, queries: 49, keys: 49, heads: 3, channels: 96, table: .biasAndPenalty, patterns: 361),
                AttentionCase(batch: 1, queries: 100, keys: 4096, heads: 8, channels: 256, table: .visible),
                AttentionCase(batch: 19, queries: 77, keys: 77, heads: 8, channels: 512, table: .causal),
            ]
        ).map(\.kernelCase)
    }

    static func deformableAttention(_ extent: Extent) -> [KernelCase] {
        let cases: [(levels: [(height: Int, width: Int)], batch: Int, heads: Int, channels: Int, points: Int)] =
            extent.pick(
                odd: [([(1, 1)], 1, 1, 1, 1)], small: [([(6, 5), (3, 4)], 2, 3, 12, 4)],
                network: [([(64, 64), (32, 32), (16, 16)], 1, 8, 256, 4)])
        return cases.map { example in
            let (levels, batch, heads, channels, points) = example
            let cells = levels.reduce(0) { $0 + $1.height * $1.width }
            let size = "\(batch)x\(cells)x\(channels), \(levels.count) maps, \(heads) heads"
            return KernelCase("deformable attention", size) { side in
                let samples = heads * levels.count * points
                let operands = DeformableAttentionOperands(
                    values: side.random([batch, cells, channels], seed: 1),
                    offsets: side.random([batch, cells, samples * 2], seed: 2, scale: 3),
                    weights: side.random([batch, cells, samples], seed: 3),
                    references: side.random([cells, 2], seed: 4, scale: 0.5, shift: 0.5), levels: levels, heads: heads,
                    points: points)
                let (output, upstream) = (
                    side.floats([batch, cells, channels]), side.random([batch, cells, channels], seed: 5)
                )
                let gradients = DeformableAttentionGradients(
                    values: side.floats(operands.values.shape), offsets: side.floats(operands.offsets.shape),
                    weights: side.floats(operands.weights.shape))
                let flops = 8 * output.count * levels.count * points
                return [
                    KernelCall(
                        "deformableAttention", reads: [operands.values, operands.offsets, operands.weights],
                        writes: ["output": output], flops: flops, within: .values(1e-5)
                    ) { side.backend.deformableAttention(operands, into: output) },
                    KernelCall(
                        "deformableAttentionGradients", reads: [upstream, operands.values, operands.offsets],
                        writes: [
                            "values": gradients.values, "offsets": gradients.offsets, "weights": gradients.weights,
                        ], flops: 2 * flops, within: .values(1e-5)
                    ) { side.backend.deformableAttentionGradients(upstream, operands, into: gradients) },
                ]
            }
        }
    }
}
