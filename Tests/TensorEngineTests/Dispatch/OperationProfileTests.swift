import TensorEngine
import Testing
import _TestSupport

@Suite struct OperationProfileTests {
    private let profile = OperationProfile(distinguishesShapes: false, keepsEvents: true)

    init() {
        profile.isRecording = true
        profile.enter(phase: "forward")
    }

    /// Rows without those of memory, which every operation takes.
    private func rows(_ profile: OperationProfile) -> [OperationProfile.Row] {
        profile.rows.filter { $0.name != "allocate" }
    }

    @Test func resultsAreThoseOfACallThatIsNotBooked() {
        let (left, right) = (pseudoRandomTensor([5, 7], seed: 1), pseudoRandomTensor([3, 7], seed: 2))
        let booked = profile.booking { left.linear(weight: right, bias: nil).values() }
        #expect(booked == left.linear(weight: right, bias: nil).values())
    }

    @Test func productsCountTwoFlopsAMultiplicationAndEachOperandOnce() throws {
        let (input, weight) = (Tensor.zeros([5, 7]), Tensor.zeros([3, 7]))
        profile.booking { for _ in 0..<2 { _ = input.linear(weight: weight, bias: nil) } }
        let row = try #require(rows(profile).first)
        #expect(rows(profile).count == 1 && row.name == "linear" && row.phase == "forward" && row.isProduct)
        let (flops, floats) = (2 * 5 * 7 * 3, 5 * 7 + 7 * 3 + 5 * 3)
        #expect(row.calls == 2 && row.flops == Double(2 * flops) && row.bytes == Double(2 * 4 * floats))
        #expect(row.seconds > 0)
    }

    @Test func convolutionsAreNamedByTheirWindow() throws {
        let (input, weight) = (Tensor.zeros([1, 8, 8, 4]), Tensor.zeros([6, 3, 3, 2]))
        let output = profile.booking {
            input.convolution(weight: weight, stride: 2, padding: 2, dilation: 2, groups: 2)
        }
        let row = try #require(rows(profile).first)
        #expect(row.name == "convolution 3x3 s2 d2 g2")
        #expect(row.flops == Double(2 * output.count * 3 * 3 * 2))
    }

    @Test func attentionCountsTwoProductsForwardAndFiveBackward() {
        let (queries, pairs) = (Tensor.zeros([1, 6, 8]).trackingGradient(), Tensor.zeros([1, 4, 16]))
        profile.booking {
            let output = Tensor.attention(queries: queries, keysAndValues: pairs, heads: 2)
            runBackward(from: [(output, output.detached())])
        }
        let flops = Dictionary(uniqueKeysWithValues: rows(profile).map { ($0.name, $0.flops) })
        let product = Double(2 * 6 * 4 * 8)
        #expect(flops == ["attention": 2 * product, "attention gradient": 5 * product])
    }

    @Test func phasesMakeRowsOfTheirOwn() {
        let tensor = Tensor.zeros([4])
        profile.booking {
            tensor.fillInPlace(with: 1)
            profile.enter(phase: "backward")
            tensor.fillInPlace(with: 2)
        }
        #expect(Set(profile.rows.map(\.phase)) == ["forward", "backward"])
        #expect(profile.rows.allSatisfy { $0.calls == 1 && $0.bytes == 16 })
        #expect(profile.events.filter { $0.work == nil }.map(\.phase) == ["forward"])
    }

    @Test func shapesMakeRowsOfTheirOwnWhereAskedFor() {
        let profile = OperationProfile(distinguishesShapes: true, keepsEvents: false)
        profile.isRecording = true
        let tensors = [4, 5, 5].map { Tensor.zeros([$0]) }
        profile.booking { for tensor in tensors { tensor.fillInPlace(with: 0) } }
        #expect(Set(profile.rows.map(\.shapes)) == [[[4]], [[5]]])
        #expect(profile.events.isEmpty)
    }

    @Test func aCallInsideAnotherBelongsToIt() {
        let outer = OperationProfile.Work(name: "outer", shapes: [], flops: 0, bytes: 0, isProduct: false)
        let tensor = Tensor.zeros([4])
        profile.booking { profile.book(outer) { tensor.fillInPlace(with: 3) } }
        #expect(profile.rows.map(\.name) == ["outer"])
        #expect(tensor.values() == [3, 3, 3, 3])
    }

    @Test func nothingIsBookedBeforeRecordingNorOutside() {
        let tensor = Tensor.zeros([4])
        tensor.fillInPlace(with: 1)
        profile.isRecording = false
        profile.booking { tensor.fillInPlace(with: 1) }
        #expect(profile.rows.isEmpty && profile.events.isEmpty)
    }

    /// A layer's backward pass adds to the memory of its parameters in the calls that make the gradients.
    @Test func gradientsOfParametersTakeNoCallsOfTheirOwn() {
        let (weight, bias) = (pseudoRandomTensor([3, 7], seed: 1), pseudoRandomTensor([3], seed: 2))
        let sums = (Tensor.zeros([3, 7]), Tensor.zeros([3]))
        let leaves = (weight.trackingGradient(into: { sums.0 }), bias.trackingGradient(into: { sums.1 }))
        let input = pseudoRandomTensor([5, 7], seed: 3).trackingGradient()
        let (output, upstream) = (input.linear(weight: leaves.0, bias: leaves.1), Tensor.ones([5, 3]))
        profile.booking { runBackward(from: [(output, upstream)]) }
        #expect(Set(rows(profile).map(\.name)) == ["linear weight gradient", "linear input gradient"])
        #expect(rows(profile).allSatisfy { $0.calls == 1 })
    }
}
