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
}
