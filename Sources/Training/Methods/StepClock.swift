internal import Basics

/// A section of a training step, for measuring where its time goes.
package enum StepPhase: String, CaseIterable, Sendable {
    /// The source pass, its losses and the frozen encoder's features; and the pass over clean target images, where
    /// their class features are compared with text.
    case forward
    case backward
    /// Pseudo-labels of the target images.
    case teacher
    /// Mixing both domains and hiding blocks, on the host.
    case mixing
    case mixedForward = "mixed forward"
    case mixedBackward = "mixed backward"
    case maskedForward = "masked forward"
    case maskedBackward = "masked backward"
    /// Clearing gradients, the update of the weights, and the teacher's average.
    case optimizer

    /// The backward pass of what this phase computes.
    var backward: StepPhase {
        switch self {
        case .mixedForward: .mixedBackward
        case .maskedForward: .maskedBackward
        default: .backward
        }
    }
}

/// Seconds of the phases of one step. A replica has one only while it is measured.
final class StepClock {
    private(set) var seconds: [StepPhase: Double] = [:]
    private(set) var phase: StepPhase?
    private var since = ContinuousClock.now
    /// Called with each phase that begins; nil when one ends without another.
    var whenEntered: ((StepPhase?) -> Void)?

    /// Ends the present phase and begins another.
    func enter(_ next: StepPhase) { change(to: next) }

    /// Ends the present phase.
    func stop() { change(to: nil) }

    private func change(to next: StepPhase?) {
        let now = ContinuousClock.now
        if let phase { seconds[phase, default: 0] += (now - since).inSeconds }
        phase = next
        since = now
        whenEntered?(next)
    }

    /// Forgets the seconds so far.
    func reset() { seconds = [:] }
}
