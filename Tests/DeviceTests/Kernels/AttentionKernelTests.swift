import DeviceBackend
import DeviceSeam
import Testing

@Suite(.everyKernel) struct `Attention on a device` {
    enum Table: String, Sendable, CaseIterable {
        case none, bias, sharedBias, penalty, visible, visibleKeys, causal
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        let (queries, keys, headSize): (Int, Int, Int)
        var scoreFloats = 32 << 20
        var testDescription: String { "\(queries) x \(keys), heads of \(headSize), \(scoreFloats) scores" }
    }

    /// All queries of an image at once, and in blocks; and by the kernels for heads of two sizes.
    static let shapes = [
        Shape(queries: 13, keys: 17, headSize: 8), Shape(queries: 13, keys: 17, headSize: 8, scoreFloats: 300),
        Shape(queries: 45, keys: 67, headSize: 32), Shape(queries: 33, keys: 70, headSize: 64),
    ]

    @Test(arguments: Table.allCases, shapes)
    func `attention and its gradients equal the CPU's with each kind of table`(table: Table, shape: Shape) throws {
        var limits = ScratchLimits()
        limits.scoreFloats = shape.scoreFloats
        let device = try DeviceBackend(.standIn, limits: limits)
        try TwoBackends.expectSame(tolerance: 1e-5, on: device) { Self.results(of: $0, table, shape) }
    }

    /// Two images a pattern of the tables.
    static func results(of side: Side, _ table: Table, _ shape: Shape) -> [String: FloatArray] {
        let (batch, queries, keys, heads) = (4, shape.queries, shape.keys, 3)
        let channels = heads * shape.headSize
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

    /// Scores and probabilities are products too, so what is rounded adds up.
    @Test(arguments: [(Precision.tf32, 2e-3), (.bf16, 1.5e-2)], [32, 64])
    func `with rounded operands attention and its gradients are near the CPU's, and not nearer than rounding allows`(
        precision: (Precision, Double), headSize: Int
    ) throws {
        let device = try DeviceBackend(.standIn, precision: precision.0)
        let shape = Shape(queries: 45, keys: 40, headSize: headSize)
        try TwoBackends.expectSame(tolerance: precision.1, on: device) { Self.results(of: $0, .bias, shape) }
        let (exact, rounded) = (Side(try TwoBackends.standIn()), Side(device))
        let differences = try ["output", "queries", "keys and values", "bias"].map { name in
            relativeDifference(
                rounded.values(try #require(Self.results(of: rounded, .bias, shape)[name])),
                exact.values(try #require(Self.results(of: exact, .bias, shape)[name])))
        }
        #expect(differences.allSatisfy { $0 > 2e-5 }, "\(differences)")
    }

    /// As windows have it: many images read one table, whose gradient is added up in shares.
    @Test func `the gradient of a bias that many images share equals the CPU's`() throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let (images, pixels, heads) = (40, 9, 2)
            let rows = side.random([images, pixels, 3 * 64], seed: 1)
            var operands = AttentionOperands(
                queries: side.random([images, pixels, 64], seed: 2), keys: rows, values: rows, valueStart: 64,
                keyRowStride: 3 * 64, heads: heads)
            operands.bias = .init(
                side.random([1, heads, pixels, pixels], seed: 3), patterns: 1, heads: heads, isOfKeys: false)
            operands.penalty = .init(
                side.random([4, 1, pixels, pixels], seed: 4), patterns: 4, heads: 1, isOfKeys: false)
            let output = side.floats([images, pixels, 64])
            let logSums = side.floats([images, heads, pixels])
            side.backend.attention(operands, into: output, logSums: logSums, faults: side.faults())
            let ofKeys = side.random([images, pixels, 3 * 64], seed: 9)
            let bias = side.floats([1, heads, pixels, pixels])
            let ofQueries = side.floats([images, pixels, 64])
            side.backend.attentionGradients(
                side.random([images, pixels, 64], seed: 5), operands, output: output, logSums: logSums,
                into: AttentionGradients(queries: ofQueries, keys: ofKeys, values: ofKeys, bias: bias))
            return ["output": output, "queries": ofQueries, "keys and values": ofKeys, "bias": bias]
        }
    }

    @Test func `a query with one key has no gradient at all`() throws {
        let side = Side(try TwoBackends.standIn())
        let rows = side.random([2, 1, 128], seed: 1)
        let operands = AttentionOperands(
            queries: side.random([2, 5, 64], seed: 2), keys: rows, values: rows, valueStart: 64, keyRowStride: 128,
            heads: 2)
        let (output, logSums) = (side.floats([2, 5, 64]), side.floats([2, 2, 5]))
        side.backend.attention(operands, into: output, logSums: logSums, faults: side.faults())
        let (ofQueries, ofKeys) = (side.floats([2, 5, 64]), side.floats([2, 1, 128]))
        side.backend.attentionGradients(
            side.random([2, 5, 64], seed: 3), operands, output: output, logSums: logSums,
            into: AttentionGradients(queries: ofQueries, keys: ofKeys, values: ofKeys, bias: nil))
        #expect(side.values(ofQueries).allSatisfy { $0 == 0 })
    }

    @Test(arguments: [8, 32, 64])
    func `queries that see no key are counted and get no number, as on the CPU`(headSize: Int) throws {
        try TwoBackends.expectSame(tolerance: 1e-5) { side in
            let channels = 2 * headSize
            let rows = side.random([2, 3, channels], seed: 2)
            var operands = AttentionOperands(
                queries: side.random([2, 5, channels], seed: 1), keys: rows, values: rows, valueStart: 0,
                keyRowStride: channels, heads: 2)
            // The first image's queries see nothing.
            operands.visible = .init(
                side.array([0, 0, 0, 0, 1, 0] as [Float], [2, 1, 1, 3]), patterns: 2, heads: 1, isOfKeys: true)
            let (output, logSums, faults) = (side.floats([2, 5, channels]), side.floats([2, 2, 5]), side.faults())
            side.backend.attention(operands, into: output, logSums: logSums, faults: faults)
            return ["faults": side.asFloats(faults.words), "output": output, "log sums": logSums]
        }
    }

    /// A query that is none, a key, and what is infinite: nobody takes them for hidden keys.
    @Test(arguments: [8, 32, 64])
    func `scores that are no number are none in the output, and nothing is counted, as on the CPU`(
        headSize: Int
    ) throws {
        for place in [(query: 3, key: nil, value: Float.nan), (nil, 2, .nan), (1, nil, .infinity), (nil, 1, -.infinity)]
            as [(query: Int?, key: Int?, value: Float)]
        {
            try TwoBackends.expectSame(tolerance: 1e-5) { side in
                let channels = 2 * headSize
                var (queries, keys) = (Noise.floats(2 * 5 * channels, seed: 1), Noise.floats(2 * 7 * channels, seed: 2))
                let values = side.random([2, 7, channels], seed: 3)
                if let query = place.query { queries[query * channels + 1] = place.value }
                if let key = place.key { keys[key * channels] = place.value }
                let operands = AttentionOperands(
                    queries: side.array(queries, [2, 5, channels]), keys: side.array(keys, [2, 7, channels]),
                    values: values, valueStart: 0, keyRowStride: channels, heads: 2)
                let output = side.floats([2, 5, channels])
                let (logSums, faults) = (side.floats([2, 2, 5]), side.faults())
                side.backend.attention(operands, into: output, logSums: logSums, faults: faults)
                let gradients = AttentionGradients(
                    queries: side.floats([2, 5, channels]), keys: side.floats([2, 7, channels]),
                    values: side.floats([2, 7, channels]), bias: nil)
                side.backend.attentionGradients(
                    side.random([2, 5, channels], seed: 5), operands, output: output, logSums: logSums, into: gradients)
                return [
                    "faults": side.asFloats(faults.words), "output": output, "log sums": logSums,
                    "queries": gradients.queries, "keys": gradients.keys, "values": gradients.values,
                ]
            }
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
