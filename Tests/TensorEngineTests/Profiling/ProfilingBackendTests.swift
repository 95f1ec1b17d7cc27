import TensorEngine
import Testing

@Suite struct ProfilingBackendTests {
    private let profile = OperationProfile(distinguishesShapes: false, keepsEvents: true)
    private var backend: ProfilingBackend { ProfilingBackend(Engine.backend, into: profile) }

    init() {
        profile.isRecording = true
        profile.enter(phase: "forward")
    }

    private func ramp(_ shape: [Int]) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { Float($0 % 11) - 5 }, shape: shape)
    }

    /// `[rows, inner] x [columns, inner]^T`, as in a linear layer.
    private func linear(_ left: Tensor, _ right: Tensor, into output: Tensor) {
        let inner = left.shape[1]
        backend.product(
            Matrix(left, rowStride: inner), Matrix(right, rowStride: inner, isTransposed: true),
            into: Matrix(output, rowStride: output.shape[1]), rows: output.shape[0], columns: output.shape[1],
            inner: inner, alpha: 1, beta: 0)
    }

    @Test func resultsAreThoseOfTheBackendBelow() {
        let (left, right) = (ramp([5, 7]), ramp([3, 7]))
        let output = Tensor.zeros([5, 3])
        linear(left, right, into: output)
        #expect(output.values() == left.product(right, transposingRight: true).values())
    }

    @Test func productsCountTwoFlopsAMultiplicationAndEachOperandOnce() throws {
        let output = Tensor.zeros([5, 3])
        for _ in 0..<2 { linear(ramp([5, 7]), ramp([3, 7]), into: output) }
        let row = try #require(profile.rows.first)
        #expect(profile.rows.count == 1 && row.name == "linear" && row.phase == "forward" && row.isProduct)
        let (flops, floats) = (2 * 5 * 7 * 3, 5 * 7 + 7 * 3 + 5 * 3)
        #expect(row.calls == 2 && row.flops == Double(2 * flops) && row.bytes == Double(2 * 4 * floats))
        #expect(row.seconds > 0)
    }

    @Test func convolutionsAreNamedByTheirWindow() throws {
        let (input, weight) = (ramp([1, 8, 8, 4]), ramp([6, 3, 3, 2]))
        let window = SlidingWindow(over: input.shape, kernel: (3, 3), stride: 2, padding: 2, dilation: 2, for: "test")
        let output = Tensor.zeros([1, window.vertical.outputSize, window.horizontal.outputSize, 6])
        backend.convolution(input, weight: weight, bias: nil, window: window, groups: 2, into: output)
        let row = try #require(profile.rows.first)
        #expect(row.name == "convolution 3x3 s2 d2 g2")
        #expect(row.flops == Double(2 * output.count * 3 * 3 * 2))
    }

    @Test func attentionCountsTwoProductsForwardAndFiveBackward() {
        let (queries, pairs) = (ramp([1, 6, 8]), ramp([1, 4, 16]))
        let operands = AttentionOperands(
            queries: queries, keys: pairs, values: pairs, valueStart: 8, keyRowStride: 16, heads: 2)
        let (output, logSums) = (Tensor.zeros([1, 6, 8]), Tensor.zeros([1, 2, 6]))
        backend.attention(operands, into: output, logSums: logSums)
        let (queryGradient, pairGradient) = (Tensor.zeros([1, 6, 8]), Tensor.zeros([1, 4, 16]))
        backend.attentionGradients(
            ramp([1, 6, 8]), operands, output: output, logSums: logSums, queryGradient: queryGradient,
            keyGradient: pairGradient, valueGradient: pairGradient)
        let flops = Dictionary(uniqueKeysWithValues: profile.rows.map { ($0.name, $0.flops) })
        let product = Double(2 * 6 * 4 * 8)
        #expect(flops == ["attention": 2 * product, "attention gradient": 5 * product])
    }

    @Test func phasesMakeRowsOfTheirOwn() {
        let tensor = Tensor.zeros([4])
        backend.fill(tensor, with: 1)
        profile.enter(phase: "backward")
        backend.fill(tensor, with: 2)
        #expect(Set(profile.rows.map(\.phase)) == ["forward", "backward"])
        #expect(profile.rows.allSatisfy { $0.calls == 1 && $0.bytes == 16 })
        #expect(profile.events.filter { $0.work == nil }.map(\.phase) == ["forward"])
    }

    @Test func shapesMakeRowsOfTheirOwnWhereAskedFor() {
        let profile = OperationProfile(distinguishesShapes: true, keepsEvents: false)
        profile.isRecording = true
        let backend = ProfilingBackend(Engine.backend, into: profile)
        for count in [4, 5, 5] { backend.fill(Tensor.zeros([count]), with: 0) }
        #expect(Set(profile.rows.map(\.shapes)) == [[[4]], [[5]]])
        #expect(profile.events.isEmpty)
    }

    /// As when a kernel takes memory for itself.
    @Test func aCallInsideAnotherBelongsToIt() {
        let outer = OperationProfile.Work(name: "outer", shapes: [], flops: 0, bytes: 0, isProduct: false)
        let tensor = Tensor.zeros([4])
        profile.book(outer) { backend.fill(tensor, with: 3) }
        #expect(profile.rows.map(\.name) == ["outer"])
        #expect(tensor.values() == [3, 3, 3, 3])
    }

    @Test func nothingIsBookedBeforeRecording() {
        profile.isRecording = false
        backend.fill(Tensor.zeros([4]), with: 1)
        #expect(profile.rows.isEmpty && profile.events.isEmpty)
    }
}
