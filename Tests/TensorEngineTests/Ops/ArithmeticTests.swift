import TensorEngine
import Testing
import _TestSupport

@Suite struct ArithmeticTests {
    @Test func broadcastsTrailingMiddleAndScalarAxes() {
        let column = Tensor([10, 20], shape: [2, 1])
        let row = Tensor([1, 2, 3], shape: [3])
        #expect((column + row).values() == [11, 12, 13, 21, 22, 23])
        #expect((row - column).values() == [-9, -8, -7, -19, -18, -17])
        #expect((row * Tensor(2)).values() == [2, 4, 6])
        let middle = Tensor([1, 2, 3, 4], shape: [2, 1, 2]) + Tensor([0, 100], shape: [1, 2, 1])
        #expect(middle.values() == [1, 2, 101, 102, 3, 4, 103, 104])
        #expect((Tensor([], shape: [0, 3]) + row).shape == [0, 3])
    }

    @Test(arguments: [[[2, 3], [2, 3]], [[2, 1, 3], [4, 1]], [[3], [2, 3]], [[2, 3], []], [[1, 1], [5]]])
    func gradientsOfBroadcastingAgreeWithDifferences(shapes: [[Int]]) {
        let a = pseudoRandomTensor(shapes[0], seed: 1)
        let b = pseudoRandomTensor(shapes[1], seed: 2, in: 1...2)
        checkGradients([a, b]) { $0[0] + $0[1] }
        checkGradients([a, b]) { $0[0] - $0[1] }
        checkGradients([a, b]) { $0[0] * $0[1] }
        checkGradients([a, b]) { $0[0] / $0[1] }
        checkGradients([a, b]) { Tensor.maximum($0[0], $0[1]) }
        checkGradients([a, b]) { Tensor.minimum($0[0], $0[1]) }
    }

    /// Where both are equal the gradient goes to the left one.
    @Test func theLargerAndTheSmallerOfTwoElementsGetTheGradient() {
        let values: [[Float]] = [[1, 5, 2, -3], [4, 2, 2, -7]]
        let upstream = Tensor([10, 20, 30, 40], shape: [4])
        for (isMaximum, expected, gradients) in [
            (true, [4, 5, 2, -3], [[0, 20, 30, 40], [10, 0, 0, 0]]),
            (false, [1, 2, 2, -7], [[10, 0, 30, 0], [0, 20, 0, 40]]),
        ] as [(Bool, [Float], [[Float]])] {
            let leaves = values.map { Tensor($0, shape: [4]).trackingGradient() }
            let output = isMaximum ? Tensor.maximum(leaves[0], leaves[1]) : Tensor.minimum(leaves[0], leaves[1])
            runBackward(from: [(output, upstream)])
            #expect(output.values() == expected)
            #expect(leaves.map { $0.gradient?.values() ?? [] } == gradients)
        }
        let limited = Tensor.minimum(Tensor([1, 9, 3, 7], shape: [2, 2]), Tensor([5, 4], shape: [2]))
        #expect(limited.values() == [1, 4, 3, 4])
    }

    @Test func gradientsOfUnaryFunctionsAgreeWithDifferences() {
        let x = pseudoRandomTensor([7], seed: 3, in: 0.5...2)
        checkGradients([x]) { $0[0].exponential() }
        checkGradients([x]) { $0[0].logarithm() }
        checkGradients([x]) { $0[0].squareRoot() }
        checkGradients([x]) { $0[0].absolute() }
        checkGradients([x]) { $0[0].squared() }
        checkGradients([x]) { $0[0].affine(-3, 1) }
        checkGradients([x], step: 1e-3) { $0[0].clamped(to: 0.6...1.4) }
    }

    @Test func theRootOfZeroHasNoGradient() {
        let x = Tensor([0, 4], shape: [2]).trackingGradient()
        x.squareRoot().sum().backward()
        #expect(x.gradient?.values() == [0, 0.25])
    }
}

@Suite struct TapeTests {
    @Test func aValueUsedTwiceGetsBothContributions() {
        let x = Tensor([3], shape: [1]).trackingGradient()
        (x * x + x).sum().backward()
        #expect(x.gradient?.values() == [7])
    }

    @Test func nothingIsKeptWithoutGradients() {
        let x = Tensor([3], shape: [1]).trackingGradient()
        let y = withoutGradients { x * x }
        #expect(!y.requiresGradient)
    }

    @Test func sharedUpstreamsAreNotOverwritten() {
        let x = Tensor([1, 2], shape: [2]).trackingGradient()
        let y = x + x
        let z = y + y.affine(2, 0)
        z.sum().backward()
        #expect(x.gradient?.values() == [6, 6])
    }

    @Test func aSteadyStepTakesNothingFromTheSystem() async {
        // In a process of its own: other tests share the pool of this one.
        await #expect(processExitsWith: .success) {
            // Several may come to their first share of the work, and to memory of their own, at any step.
            Engine.setThreadCount(1)
            let x = pseudoRandomTensor([64, 64], seed: 1).trackingGradient()
            func step() { (x.product(x).exponential() * 0.1).sum().backward() }
            step()
            step()
            let before = Engine.memory.statistics.systemAllocations
            for _ in 0..<5 { step() }
            #expect(Engine.memory.statistics.systemAllocations == before)
        }
    }
}
