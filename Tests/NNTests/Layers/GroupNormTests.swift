import NN
import TensorEngine
import Testing
import _TestSupport

@Suite struct GroupNormTests {
    /// Weights of 1 and biases of 0 until something is loaded, under the names of every program; decay spares both.
    @Test func aNewLayerNormalisesEachGroupOfEachImage() {
        let norm = GroupNorm(groups: 2, 6, in: ModuleScope(seed: nil))
        #expect(norm.parameters.map(\.name) == ["weight", "bias"])
        #expect(norm.parameterNamesByLayer.norms == ["weight", "bias"])
        let output = norm(pseudoRandomTensor([2, 5, 4, 6], seed: 1, in: 3...7)).reshaped([2, 20, 2, 3])
        let means = output.mean([1, 3]).values()
        let variances = output.squared().mean([1, 3]).values()
        #expect(means.count == 4 && means.allSatisfy { abs($0) < 1e-5 })
        #expect(variances.allSatisfy { abs($0 - 1) < 1e-4 })
    }

    @Test func aReLUInTheSamePassIsThatAfterIt() {
        let norm = GroupNorm(groups: 3, 6, in: ModuleScope(seed: nil))
        let maps = pseudoRandomTensor([1, 3, 4, 6], seed: 2)
        #expect(norm(maps, relu: true).values() == norm(maps).relu().values())
    }

    @Test func channelsThatCannotBeCutIntoGroupsStopTheProgram() async {
        await #expect(processExitsWith: .failure) {
            _ = GroupNorm(groups: 4, 6, in: ModuleScope(seed: nil))
        }
    }
}
