import NN
import TensorEngine
import Testing
import _TestSupport

@Suite struct DropoutTests {
    private let scope = ModuleScope(seed: nil).child("drop")

    private func context(slots: [Int], step: Int = 0) -> ForwardContext {
        ForwardContext(
            batchStatistics: .running, noise: NoiseSource(seed: 3, step: step, pass: "source", slots: slots))
    }

    @Test func doesNothingWithoutNoiseOrRate() {
        let input = pseudoRandomTensor([2, 3, 3, 4], seed: 1)
        #expect(Dropout(rate: 0.5, in: scope)(input, in: .evaluation).values() == input.values())
        #expect(ChannelDropout(rate: 0.5, in: scope)(input, in: .evaluation).values() == input.values())
        #expect(DropPath(rate: 0, in: scope)(input, in: context(slots: [0, 1])).values() == input.values())
    }

    @Test func dropPathKeepsOrDropsWholeImages() {
        let slots = Array(0..<1000)
        let output = DropPath(rate: 0.25, in: scope)(Tensor.ones([1000, 2, 3]), in: context(slots: slots)).values()
        let images = stride(from: 0, to: output.count, by: 6).map { Set(output[$0..<$0 + 6]) }
        #expect(images.allSatisfy { $0 == [0] || $0 == [1 / 0.75] })
        // Five standard errors around 250 of 1000.
        #expect(abs(images.count { $0 == [0] } - 250) < 69)
    }

    @Test func channelDropoutKeepsOrDropsWholeChannels() {
        let output = ChannelDropout(rate: 0.5, in: scope)(Tensor.ones([2, 2, 2, 50]), in: context(slots: [0, 1]))
        let values = output.values()
        for image in 0..<2 {
            for channel in 0..<50 {
                let pixels = (0..<4).map { values[(image * 4 + $0) * 50 + channel] }
                #expect(Set(pixels).count == 1 && [0, 2].contains(pixels[0]))
            }
        }
        #expect(Set(values) == [0, 2])
    }

    @Test func dropsSingleElements() {
        let values = Dropout(rate: 0.5, in: scope)(Tensor.ones([1, 4000]), in: context(slots: [0])).values()
        #expect(Set(values) == [0, 2])
        #expect(abs(values.count { $0 == 0 } - 2000) < 159)
    }

    @Test func drawsFollowTheImageNotItsPlaceInTheBatch() {
        let layer = Dropout(rate: 0.5, in: scope)
        let whole = layer(Tensor.ones([3, 40]), in: context(slots: [0, 1, 2])).values()
        let part = layer(Tensor.ones([2, 40]), in: context(slots: [2, 1])).values()
        #expect(Array(whole[80..<120]) == Array(part[0..<40]))
        #expect(Array(whole[40..<80]) == Array(part[40..<80]))
        #expect(layer(Tensor.ones([3, 40]), in: context(slots: [0, 1, 2], step: 1)).values() != whole)
    }

    @Test func gradientPassesWhereTheValueDid() {
        let input = Tensor.ones([4, 5]).trackingGradient()
        let output = Dropout(rate: 0.5, in: scope)(input, in: context(slots: [0, 1, 2, 3]))
        let values = output.values()
        output.sum().backward()
        #expect(input.gradient?.values() == values)
    }
}
