internal import Basics
internal import Glibc
internal import Synchronization

/// What the calls of a backend cost, by phase and operation.
///
/// A call that is made from inside another one belongs to the outer one. Seconds are those of the calling thread, which
/// waits for the others.
package final class OperationProfile: Sendable {
    /// What one call does.
    package struct Work: Sendable {
        /// What it is, such as `convolution 3x3 s2`.
        package var name: String
        /// Shapes of its tensors.
        package var shapes: [[Int]]
        /// Multiplications and additions of the direct algorithm. Zero for operations that are bound by memory.
        package var flops: Double
        /// Each operand read or written once.
        package var bytes: Double
        /// Whether it can be cut into matrix products.
        package var isProduct: Bool

        package init(name: String, shapes: [[Int]], flops: Double, bytes: Double, isProduct: Bool) {
            self.name = name
            self.shapes = shapes
            self.flops = flops
            self.bytes = bytes
            self.isProduct = isProduct
        }
    }

    /// All calls of one operation in one phase.
    package struct Row: Sendable {
        package let phase: String
        package let name: String
        /// Empty unless the profile tells shapes apart.
        package let shapes: [[Int]]
        package let isProduct: Bool
        package fileprivate(set) var calls = 0
        package fileprivate(set) var seconds = 0.0
        package fileprivate(set) var flops = 0.0
        package fileprivate(set) var bytes = 0.0
    }

    /// A span of time: a call, or a phase that calls lie in.
    package struct Event: Sendable {
        /// nil for a phase.
        package let work: Work?
        package let phase: String
        /// Of the machine's monotonic clock, in seconds.
        package let start: Double
        package let seconds: Double
    }

    private struct Key: Hashable {
        let phase: String
        let name: String
        let shapes: [[Int]]
    }

    private struct State {
        var rows: [Key: Row] = [:]
        var events: [Event] = []
        var phase = ""
        var phaseStart = 0.0
        var isRecording = false
        var isInsideCall = false
    }

    /// The profile that calls of this task are booked in; `nil` where nobody measures.
    @TaskLocal private static var active: OperationProfile?
    static var current: OperationProfile? { active }

    private let state = Mutex(State())
    private let distinguishesShapes: Bool
    private let keepsEvents: Bool

    /// Records nothing until told to.
    ///
    /// - Parameters:
    ///   - distinguishesShapes: whether calls of different shapes make different rows.
    ///   - keepsEvents: whether each call is kept, for a trace.
    package init(distinguishesShapes: Bool, keepsEvents: Bool) {
        self.distinguishesShapes = distinguishesShapes
        self.keepsEvents = keepsEvents
    }

    /// In no order.
    package var rows: [Row] { state.withLock { Array($0.rows.values) } }
    /// In the order they ended.
    package var events: [Event] { state.withLock { $0.events } }

    package var isRecording: Bool {
        get { state.withLock { $0.isRecording } }
        set { state.withLock { $0.isRecording = newValue } }
    }

    /// Books the calls that `body` makes.
    package func booking<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$active.withValue(self, operation: body)
    }

    /// Ends the present phase and begins another; empty for none.
    package func enter(phase: String) {
        let now = MonotonicClock.seconds
        state.withLock { state in
            if keepsEvents, state.isRecording, !state.phase.isEmpty {
                state.events.append(
                    Event(work: nil, phase: state.phase, start: state.phaseStart, seconds: now - state.phaseStart))
            }
            state.phase = phase
            state.phaseStart = now
        }
    }

    /// Runs one call and books it, unless it lies inside another one.
    package func book<Result>(_ work: @autoclosure () -> Work, _ call: () -> Result) -> Result {
        let isOuter = state.withLock { state in
            guard state.isRecording, !state.isInsideCall else { return false }
            state.isInsideCall = true
            return true
        }
        guard isOuter else { return call() }
        let start = MonotonicClock.seconds
        let result = call()
        let seconds = MonotonicClock.seconds - start
        let work = work()
        state.withLock { state in
            state.isInsideCall = false
            let key = Key(phase: state.phase, name: work.name, shapes: distinguishesShapes ? work.shapes : [])
            let empty = Row(phase: key.phase, name: key.name, shapes: key.shapes, isProduct: work.isProduct)
            state.rows[key, default: empty].add(work, seconds)
            if keepsEvents {
                state.events.append(Event(work: work, phase: state.phase, start: start, seconds: seconds))
            }
        }
        return result
    }
}

extension OperationProfile.Row {
    fileprivate mutating func add(_ work: OperationProfile.Work, _ seconds: Double) {
        calls += 1
        self.seconds += seconds
        flops += work.flops
        bytes += work.bytes
    }
}
