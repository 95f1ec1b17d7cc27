import Collectives
import DataParallel
import NN
import SegmentationModels
import TensorEngine
import Testing
import _TestSupport
import Training

@Suite struct ReplicaTests {
    private func replica(
        _ group: any ProcessGroup = SingleProcessGroup(), _ change: (inout RunConfiguration) -> Void = { _ in }
    ) throws -> Replica {
        var configuration = TinyTraining(MethodConfiguration(SourceOnly())).configuration
        change(&configuration)
        return try Replica(TinyTraining.network(seed: 1), configuration, students: group)
    }

    /// A loss that every weight is in.
    private func loss(_ replica: Replica, factor: Float = 1) -> Tensor {
        let images = pseudoRandomTensor([2, 32, 32, 3], seed: 2)
        let context = ForwardContext(batchStatistics: .batch(reduce: nil), noise: nil)
        return replica.network(images, in: context).logits.squared().sum() * factor
    }

    private func step(_ replica: Replica, _ number: Int = 0, loss value: Double = 1, factor: Float = 1) throws -> Bool {
        replica.begin()
        try replica.backwardAndReduce(loss(replica, factor: factor))
        return replica.update(step: number, loss: value)
    }

    private func state(_ replica: Replica) -> [[Float]] {
        [
            replica.parameters.values, replica.optimizer.firstMoments, replica.optimizer.secondMoments,
            replica.network.flatBuffers(),
        ].map { $0.values() }
    }

    @Test func aStepMovesTheWeightsAndClearsTheGradientsOfTheOneBefore() throws {
        let replica = try replica()
        let before = state(replica)
        #expect(try step(replica))
        #expect(zip(before, state(replica)).allSatisfy { $0 != $1 } && replica.optimizer.stepCount == 1)
        replica.begin()
        #expect(replica.parameters.gradients.values().allSatisfy { $0 == 0 })
    }

    /// Weights, averages and running statistics are as if the step had not been.
    @Test(arguments: [(Double.nan, Float(1)), (.infinity, 1), (1, .infinity)])
    func aStepThatIsNotFiniteLeavesNothingBehind(value: Double, factor: Float) throws {
        let replica = try replica()
        #expect(try step(replica))
        let before = state(replica)
        for count in 1...2 {
            #expect(try !step(replica, count, loss: value, factor: factor))
            #expect(state(replica) == before)
            #expect(replica.skippedSteps == count && replica.skippedInARow == count)
        }
        #expect(try step(replica, 3))
        #expect(replica.skippedSteps == 2 && replica.skippedInARow == 0 && replica.optimizer.stepCount == 2)
    }

    @Test func gradientsAreClippedToTheirNorm() throws {
        let replica = try replica { $0.optimizer.clipNorm = 0.5 }
        #expect(try step(replica))
        let norm = replica.parameters.gradients.values().reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
        #expect(abs(norm - 0.5) < 1e-4)
    }

    @Test func gradientsOfAllBackwardPassesOfAllStudentsAddUp() throws {
        let one = try replica()
        one.begin()
        try one.backwardAndReduce(loss(one))
        let expected = one.parameters.gradients.values().map { 4 * $0 }
        let found = try ThreadedGroup.run(size: 2) { group in
            let replica = try replica(group)
            replica.begin()
            replica.backward(loss(replica))
            try replica.backwardAndReduce(loss(replica))
            return replica.parameters.gradients.values()
        }
        #expect(found[0] == found[1])
        expectClose(found[0], expected, tolerance: 1e-5)
    }

    @Test func phasesOfAPassFollowEachOther() throws {
        let replica = try replica()
        let clock = StepClock()
        replica.clock = clock
        replica.begin()
        try replica.backwardAndReduce(loss(replica))
        replica.enter(.forward(of: "other"))
        replica.backward(loss(replica))
        replica.update(step: 0, loss: 1)
        clock.stop()
        #expect(clock.phases.map(\.name) == ["forward", "backward", "other forward", "other backward", "optimizer"])
        #expect(clock.phases.map(\.group) == ["forward", "backward", "forward", "backward", "optimizer"])
        #expect(clock.phases.allSatisfy { clock.seconds[$0] ?? 0 > 0 })
    }
}
