import NN
import TensorEngine
import Testing

@Suite struct ModuleCensusTests {
    /// Holds whatever it is given; names what it is told to.
    private final class Holder: Module {
        let held: Any
        let children: [(name: String, module: any Module)]

        init(_ held: Any, names children: [(name: String, module: any Module)] = []) {
            (self.held, self.children) = (held, children)
        }
    }

    private final class Derived: Base {}
    private class Base: Module {
        private let hidden = Linear(inputs: 1, outputs: 1, hasBias: false, in: ModuleScope(seed: nil))
    }

    private struct Box {
        let inside: Linear?
    }

    private func linear() -> Linear { Linear(inputs: 2, outputs: 3, in: ModuleScope(seed: nil)) }
    private func forgotten(_ held: Any, _ children: [(name: String, module: any Module)] = []) -> [String] {
        ModuleCensus(of: Holder(held, names: children)).forgotten
    }

    @Test func layersThatAreNamedAreNotForgotten() throws {
        let layer = linear()
        #expect(forgotten([layer], [("0", layer)]).isEmpty)
        try ModuleCensus.check(Holder(layer, names: [("a", layer)]))
        // Nothing of it would be trained or saved.
        #expect(forgotten(DropPath(rate: 0.1, in: ModuleScope(seed: nil))).isEmpty)
    }

    @Test func layersOfAModuleThatIsNotItselfAChildMayBe() {
        let layer = linear()
        #expect(forgotten(Holder(layer), [("inner", layer)]).isEmpty)
    }

    @Test func layersInListsOptionalsAndValuesAreFound() {
        #expect(forgotten(linear()) == ["held.weight", "held.bias"])
        #expect(forgotten([linear(), linear()]).contains("held.1.weight"))
        #expect(forgotten(Box(inside: linear())) == ["held.inside.weight", "held.inside.bias"])
        #expect(forgotten(Box(inside: nil)).isEmpty)
        #expect(forgotten((1, linear())).count == 2)
        #expect(forgotten(Derived()) == ["held.hidden.weight"])
    }

    @Test func parametersAndRunningStatisticsOfTheirOwnAreFound() {
        let parameter = ModuleScope(seed: nil).parameter("scale", shape: [2], .ones)
        #expect(forgotten(parameter) == ["held"])
        let names = Set(forgotten(BatchNorm2d(2, in: ModuleScope(seed: nil))))
        #expect(names == ["held.running_mean", "held.running_var", "held.weight", "held.bias"])
    }

    @Test func theErrorSaysWhatToDo() {
        #expect {
            try ModuleCensus.check(Holder([linear(), linear()]))
        } throws: {
            "\($0)"
                == "the network Holder holds layers that are not among its children and would be neither trained nor "
                + "saved: held.0.weight, held.0.bias, held.1.weight and 1 more; name each in `children`, or in "
                + "`parameters` or `buffers` of its module"
        }
    }
}
