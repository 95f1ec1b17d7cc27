import NN
import TensorEngine
import Testing

/// `linear` and `norm`, and a weight of its own.
private final class Small: ParameterGrouping {
    let linear = Linear(inputs: 2, outputs: 2, in: ModuleScope(seed: nil).child("linear"))
    let norm = LayerNorm(2, epsilon: 1e-5, in: ModuleScope(seed: nil).child("norm"))
    let table = Parameter(Tensor.zeros([3]))
    var groups: [ParameterGroup]?

    var parameters: [(name: String, parameter: Parameter)] { [("table", table)] }
    var children: [(name: String, module: any Module)] { [("linear", linear), ("norm", norm)] }
    var parameterGroups: [ParameterGroup] { groups ?? encoderParameterGroups }
}

@Suite struct ParameterGroupTests {
    private let module = Small()
    private var names: [String] { module.namedParameters.map(\.name) }

    private func message(_ groups: [ParameterGroup]) -> String? {
        do {
            _ = try groups.indices(of: names)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func normsAreToldByTheirKindAndNotByTheirName() throws {
        let names = module.parameterNamesByLayer
        #expect(names.norms == ["norm.weight", "norm.bias"])
        #expect(names.others == ["table", "linear.weight", "linear.bias"])
        #expect(try module.parameterGroups.indices(of: self.names) == [0, 0, 0, 1, 1])
        #expect(module.parameterGroups.map(\.weightDecay) == [.weights, .encoderNorms])
    }

    @Test func aParameterInNoGroupIsNamed() {
        let groups = [
            ParameterGroup("head", learningRate: .head, parameters: ["linear.weight", "linear.bias", "table"])
        ]
        #expect(
            message(groups)?.hasPrefix("the parameter 'norm.weight' is in no group of its network, so that no learning")
                == true)
    }

    @Test func aParameterInTwoGroupsIsNamedWithBoth() {
        let groups = module.parameterGroups
            + [ParameterGroup("embeddings", learningRate: .head, weightDecay: .none, parameters: ["table"])]
        #expect(
            message(groups)?.hasPrefix(
                "the parameter 'table' is in two groups of its network, 'encoder' and 'embeddings'; leave it in one")
                == true)
    }

    @Test func aGroupOfAParameterThatDoesNotExistIsNamed() {
        let groups = module.parameterGroups + [ParameterGroup("x", learningRate: .frozen, parameters: ["tabel"])]
        #expect(message(groups) == "the group 'x' names the parameter 'tabel', which its network does not have")
    }

    @Test func belowAModuleTheNamesHaveItsPath() {
        let group = ParameterGroup("head", learningRate: .head, parameters: ["a.weight"]).below("decode_head")
        #expect(group.parameters == ["decode_head.a.weight"])
    }
}

@Suite struct ModuleBufferTests {
    private let norms = [BatchNorm2d(2, in: ModuleScope(seed: nil)), BatchNorm2d(3, in: ModuleScope(seed: nil))]

    private final class Pair: Module {
        let children: [(name: String, module: any Module)]
        init(_ norms: [BatchNorm2d]) { children = norms.enumerated().map { ("\($0)", $1) } }
    }

    @Test func buffersComeBackFlatAndFromASnapshot() {
        let pair = Pair(norms)
        norms[1].runningMean.assign(Tensor([1, 2, 3], shape: [3]))
        let (flat, snapshot) = (pair.flatBuffers(), BufferSnapshot(of: pair))
        #expect(flat.values() == [0, 0, 1, 1, 1, 2, 3, 1, 1, 1])
        pair.assignBuffers(Tensor((0..<10).map { Float($0) }, shape: [10]))
        #expect(norms[0].runningVariance.values() == [2, 3] && norms[1].runningMean.values() == [4, 5, 6])
        snapshot.restore()
        #expect(pair.flatBuffers().values() == flat.values())
    }

    @Test func aModuleWithoutBuffersHasNone() {
        let linear = Linear(inputs: 1, outputs: 1, in: ModuleScope(seed: nil))
        #expect(linear.flatBuffers().count == 0)
        linear.assignBuffers(linear.flatBuffers())
    }
}
