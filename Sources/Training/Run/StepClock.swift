internal import Basics

/// A section of a training step, for measuring where its time goes. Methods name their own.
package struct StepPhase: Hashable, Sendable {
    package let name: String
    /// The phase that all like it are counted with in a profile, such as all forward passes; its own name where it
    /// stands alone.
    package let group: String
    private let backwardName: String

    /// A section that is no pass of its own.
    package init(_ name: String) { self.init(name, group: name, backward: Self.backwardGroup) }

    private init(_ name: String, group: String, backward: String) {
        self.name = name
        self.group = group
        backwardName = backward
    }

    private static let forwardGroup = "forward"
    private static let backwardGroup = "backward"

    /// The forward pass over images of a kind; the backward pass after it has a phase too.
    package static func forward(of images: String) -> StepPhase {
        StepPhase("\(images) forward", group: forwardGroup, backward: "\(images) backward")
    }

    /// The backward pass of what this phase computes.
    package var backward: StepPhase { StepPhase(backwardName, group: Self.backwardGroup, backward: backwardName) }
}

extension StepPhase {
    /// The source pass, its losses and the frozen encoder's features.
    package static let forward = StepPhase("forward")
    package static let backward = forward.backward
    /// Pseudo-labels of the target images.
    package static let teacher = StepPhase("teacher")
    /// Clearing gradients, the update of the weights, and the teacher's average.
    package static let optimizer = StepPhase("optimizer")
}

/// Seconds of the phases of one step. A replica has one only while it is measured.
package final class StepClock {
    package private(set) var seconds: [StepPhase: Double] = [:]
    /// In the order in which they were first entered.
    private var seen: [StepPhase] = []
    package private(set) var phase: StepPhase?
    private var since = ContinuousClock.now
    /// Called with each phase that begins; nil when one ends without another.
    package var whenEntered: ((StepPhase?) -> Void)?

    package init() {}

    /// All phases of a step, in order; the update, which also begins it, comes last.
    package var phases: [StepPhase] { seen.filter { $0 != .optimizer } + seen.filter { $0 == .optimizer } }

    /// Ends the present phase and begins another.
    package func enter(_ next: StepPhase) { change(to: next) }

    /// Ends the present phase.
    package func stop() { change(to: nil) }

    private func change(to next: StepPhase?) {
        let now = ContinuousClock.now
        if let phase { seconds[phase, default: 0] += (now - since).inSeconds }
        phase = next
        if let next, !seen.contains(next) { seen.append(next) }
        since = now
        whenEntered?(next)
    }

    /// Forgets the seconds so far.
    package func reset() { seconds = [:] }
}
