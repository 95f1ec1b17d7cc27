internal import DeviceSeam
internal import TensorEngine
internal import Training

/// The times of one step on a device's own clock: the host is through with a phase long before the device is.
final class DeviceStepTimes {
    private let clock: any WorkClock
    /// What each mark ends; nil for what lies between phases.
    private var ended: [StepPhase?] = []
    private var marks: [WorkMark] = []
    private var phase: StepPhase?

    /// - Returns: nil where the host's clock is right.
    init?() {
        guard let clock = Engine.workClock else { return nil }
        self.clock = clock
    }

    /// A step begins, with nothing left to do from before.
    func begin() {
        _ = clock.seconds(of: [clock.mark()])
        (ended, marks, phase) = ([], [clock.mark()], nil)
    }

    /// Ends the present phase and begins another; nil for none.
    func enter(_ next: StepPhase?) {
        guard !marks.isEmpty else { return }
        marks.append(clock.mark())
        ended.append(phase)
        phase = next
    }

    /// Waits until the step is done.
    func finish() -> (total: Double, phases: [StepPhase: Double]) {
        enter(nil)
        let seconds = clock.seconds(of: marks)
        marks = []
        var phases: [StepPhase: Double] = [:]
        for (index, phase) in ended.enumerated() {
            if let phase { phases[phase, default: 0] += seconds[index + 1] - seconds[index] }
        }
        return (seconds.last ?? 0, phases)
    }
}
