import NN
import Testing

@Suite struct ScheduleTests {
    private let published = Schedule(
        decay: .polynomial(power: 1, minimum: 0), totalSteps: 40_000, warmup: .init(steps: 1500, ratio: 1e-6))

    /// Values of `(1 - t/40000) * (1 - (1 - t/1500) * (1 - 1e-6))`, worked out by hand.
    @Test(arguments: [(0, 1e-6), (750, 0.98125 * 0.5000005), (1500, 0.9625), (20_000, 0.5), (39_999, 2.5e-5)])
    func followsThePublishedWarmUpAndDecay(step: Int, expected: Double) {
        #expect(abs(published.factor(at: step) - expected) < 1e-12)
    }

    @Test func endsAtTheMinimumAndStaysThere() {
        #expect(published.factor(at: 40_000) == 0)
        #expect(published.factor(at: 50_000) == 0)
        let kept = Schedule(decay: .polynomial(power: 0.9, minimum: 0.1), totalSteps: 10)
        #expect(kept.factor(at: 0) == 1)
        #expect(kept.factor(at: 11) == 0.1)
    }

    @Test func powerBendsTheDecay() {
        let square = Schedule(decay: .polynomial(power: 2, minimum: 0), totalSteps: 4)
        #expect((0...4).map { square.factor(at: $0) } == [1, 0.5625, 0.25, 0.0625, 0])
    }

    @Test func constantStaysOneAfterItsWarmUp() {
        let schedule = Schedule(decay: .constant, totalSteps: 3, warmup: .init(steps: 2, ratio: 0.5))
        #expect((0..<5).map { schedule.factor(at: $0) } == [0.5, 0.75, 1, 1, 1])
        #expect(Schedule(decay: .constant, totalSteps: 1, warmup: .init(steps: 0, ratio: 0)).factor(at: 0) == 1)
    }

    /// LIDAPS' code: 40,000 steps towards 40,000, then 10,000 towards 50,000 with the counter going on.
    @Test(
        arguments: [
            (0, 1e-6), (1500, 0.9625), (39_999, 2.5e-5), (40_000, 0.2), (45_000, 0.1), (49_999, 2e-5), (50_000, 0),
            (60_000, 0),
        ] as [(Int, Double)])
    func theRateJumpsWhereAPhaseBegins(step: Int, expected: Double) {
        let phases = Schedule(
            decay: .polynomial(power: 1, minimum: 0), totalSteps: 50_000, warmup: .init(steps: 1500, ratio: 1e-6),
            phaseEnds: [40_000])
        #expect(abs(phases.factor(at: step) - expected) < 1e-12)
    }

    @Test func aRunOfPhasesBeginsAsARunThatEndsWithTheFirst() {
        var config = Schedule.Config()
        (config.power, config.warmupSteps, config.phaseEnds) = (0.9, 4, [10, 30])
        let (phases, first) = (
            Schedule(config, totalSteps: 40),
            {
                config.phaseEnds = []
                return Schedule(config, totalSteps: 10)
            }()
        )
        #expect((0..<10).map { phases.factor(at: $0) } == (0..<10).map { first.factor(at: $0) })
        let (second, third) = (Schedule(config, totalSteps: 30), Schedule(config, totalSteps: 40))
        #expect((10..<30).map { phases.factor(at: $0) } == (10..<30).map { second.factor(at: $0) })
        #expect((30..<45).map { phases.factor(at: $0) } == (30..<45).map { third.factor(at: $0) })
    }
}
