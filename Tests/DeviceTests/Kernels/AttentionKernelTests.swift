import DeviceBackend
import DeviceSeam
import Testing

@Suite struct `Attention on a device` {
    enum Table: String, Sendable, CaseIterable {
        case none, bias, sharedBias, penalty, visible, visibleKeys, causal
    }

    /// All queries of an image at once, and in blocks.
    @Test(arguments: Table.allCases, [32 << 20, 300])
    func `attention and its gradients equal the CPU's with each kind of table`(
        table: Table, scoreFloats: Int
    ) throws {
        var limits = ScratchLimits()
        limits.scoreFloats = scoreFloats
        let device = try DeviceBackend(.standIn, limits: limits)
        try TwoBackends.expectSame(tolerance: 1e-5, on: device) { side in
            let (batch, queries, keys, heads, channels) = (4, 13, 17, 3, 24)
            let both = side.random([batch, keys, 2 * channels], seed: 2)
            var operands = AttentionOperands(
                queries: side.random([batch, queries, channels], seed: 1), keys: both, values: both,
                valueStart: channels, keyRowStride: 2 * channels, heads: heads)
            let seen = Noise.floats(2 * heads * queries * keys, seed: 7).enumerated().map {
                $0.element > 0 || $0.offset % keys == 0 ? Float(1) : 0
            }
            switch table {
            case .none: break
            case .bias:
                operands.bias = .init(
                    side.random([2, heads, queries, keys], seed: 3), patterns: 2, heads: heads, isOfKeys: false)
            case .sharedBias:
                operands.bias = .init(
                    side.random([1, 1, queries, keys], seed: 3), patterns: 1, heads: 1, isOfKeys: false)
            case .penalty:
                operands.penalty = .init(
                    side.random([2, 1, queries, keys], seed: 4), patterns: 2, heads: 1, isOfKeys: false)
            case .visible:
                operands.visible = .init(
                    side.array(seen, [2, heads, queries, keys]), patterns: 2, heads: heads, isOfKeys: false)
            case .visibleKeys:
                operands.visible = .init(
                    side.array(Array(seen.prefix(2 * keys)), [2, 1, 1, keys]), patterns: 2, heads: 1, isOfKeys: true)
            case .causal: operands.isCausal = true
            }
            let output = side.floats([batch, queries, channels])
            let (logSums, faults) = (side.floats([batch, heads, queries]), side.faults())
            side.backend.attention(operands, into: output, logSums: logSums, faults: faults)
            let ofKeys = side.floats([batch, keys, 2 * channels])
            let gradients = AttentionGradients(
                queries: side.floats([batch, queries, channels]), keys: ofKeys, values: ofKeys,
                bias: operands.bias.map { side.floats($0.array.shape) })
            side.backend.attentionGradients(
                side.random([batch, queries, channels], seed: 5), operands, output: output, logSums: logSums,
                into: gradients)
            var results = [
                "output": output, "log sums": logSums, "queries": gradients.queries, "keys and values": ofKeys,
                "faults": side.asFloats(faults.words),
            ]
            if let bias = gradients.bias { results["bias"] = bias }
            return results
        }
    }

    @Test func `queries that see no key are counted as on the CPU`() throws {
        try TwoBackends.expectSame { side in
            let rows = side.random([1, 3, 8], seed: 2)
            var operands = AttentionOperands(
                queries: side.random([1, 5, 8], seed: 1), keys: rows, values: rows, valueStart: 0, keyRowStride: 8,
                heads: 2)
            operands.visible = .init(
                side.array([0, 0, 0] as [Float], [1, 1, 1, 3]), patterns: 1, heads: 1, isOfKeys: true)
            let faults = side.faults()
            side.backend.attention(
                operands, into: side.floats([1, 5, 8]), logSums: side.floats([1, 2, 5]), faults: faults)
            return ["faults": side.asFloats(faults.words)]
        }
    }

    @Test func `deformable attention and its gradients equal the CPU's`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let levels = [(height: 6, width: 5), (height: 3, width: 4)]
            let operands = DeformableAttentionOperands(
                values: side.random([2, 42, 12], seed: 1),
                offsets: side.random([2, 9, 3 * 2 * 4 * 2], seed: 2, scale: 3),
                weights: side.random([2, 9, 3 * 2 * 4], seed: 3),
                references: side.random([9, 2], seed: 4, scale: 0.5, shift: 0.5), levels: levels, heads: 3, points: 4)
            let output = side.floats([2, 9, 12])
            side.backend.deformableAttention(operands, into: output)
            let gradients = DeformableAttentionGradients(
                values: side.floats([2, 42, 12]), offsets: side.floats([2, 9, 48]), weights: side.floats([2, 9, 24]))
            side.backend.deformableAttentionGradients(side.random([2, 9, 12], seed: 5), operands, into: gradients)
            return [
                "output": output, "values": gradients.values, "offsets": gradients.offsets,
                "weights": gradients.weights,
            ]
        }
    }
}
