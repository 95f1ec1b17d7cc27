import NN
import TensorEngine
import Testing
import WeightFiles
import _TestSupport

private final class TwoGroups: Module {
    let encoder = Parameter(Tensor.zeros([33]))
    let norm = Parameter(Tensor.zeros([7]))
    var parameters: [(name: String, parameter: Parameter)] { [("encoder", encoder), ("norm", norm)] }
}

@Suite struct AdamWTests {
    /// `make_adamw_fixture.py`: four steps with two groups and gradients over four orders of magnitude.
    @Test func agreesWithTorch() throws {
        let fixture = try SafeTensorsFile(Fixture.path("nn/adamw.safetensors"))
        let model = TwoGroups()
        let set = ParameterSet(model)
        model.encoder.assign(Tensor(try fixture.floats("encoder.before"), shape: [33]))
        model.norm.assign(Tensor(try fixture.floats("norm.before"), shape: [7]))
        let optimizer = AdamW(
            set,
            groups: [.init(learningRate: 3e-2, weightDecay: 0), .init(learningRate: 3e-3, weightDecay: 0.05)],
            members: [1, 0])
        for step in 0..<4 {
            let gradients = try fixture.floats("encoder.gradient.\(step)") + fixture.floats("norm.gradient.\(step)")
            set.gradients.assign(Tensor(gradients, shape: [40]))
            if step == 3 {
                let expected = try fixture.floats("norm of gradient 3")[0]
                #expect(abs(Float(set.gradientNorm()) - expected) < 1e-4 * expected)
            }
            // The factor doubles both rates to those of the fixture.
            optimizer.step(factor: 2)
            // fp32 round-off of a few operations.
            expectClose(
                model.encoder.value.values(), try fixture.floats("encoder.after.\(step)"), tolerance: 1e-6, "encoder")
            expectClose(model.norm.value.values(), try fixture.floats("norm.after.\(step)"), tolerance: 1e-6, "norm")
        }
    }

    @Test func clippingScalesToTheLimitAndLeavesSmallGradientsAlone() {
        let set = ParameterSet(TwoGroups())
        set.gradients.assign(Tensor([3, 4] + [Float](repeating: 0, count: 38), shape: [40]))
        set.clipGradients(to: 10, norm: set.gradientNorm())
        #expect(set.gradients.values()[0] == 3)
        set.clipGradients(to: 1, norm: set.gradientNorm())
        #expect(abs(set.gradientNorm() - 1) < 1e-5)
    }

    @Test func theMovingAverageKeepsItsShare() {
        let average = Tensor([1, 2], shape: [2])
        average.updateMovingAverage(of: Tensor([3, 6], shape: [2]), decay: 0.75)
        #expect(average.values() == [1.5, 3])
    }
}
