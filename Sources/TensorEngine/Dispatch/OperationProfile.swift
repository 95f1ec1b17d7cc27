internal import Basics
internal import DeviceSeam
internal import Glibc
internal import Synchronization

/// What the calls of a backend cost, by phase and operation.
///
/// A call that is made from inside another one belongs to the outer one. Seconds are those of the calling thread, which
/// waits for the others; on a device that works while the host goes on they are the device's own, between the marks
/// before and after a call's work, and are read when somebody asks.
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

    /// What a device was told, between two of its marks.
    private struct Told {
        /// nil for a phase.
        let work: Work?
        let phase: String
        /// Indices of `marks`.
        let (start, end): (Int, Int)
    }

    private struct State {
        var rows: [Key: Row] = [:]
        var events: [Event] = []
        /// Of a device: what it was told since it was last read, its marks, and when the first of them was.
        var told: [Told] = []
        var marks: [WorkMark] = []
        var firstMark = 0.0
        /// Index of the mark that the phase began at.
        var phaseMark = 0
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
    package var rows: [Row] {
        state.withLock { state in
            settle(&state)
            return Array(state.rows.values)
        }
    }

    /// In the order they ended.
    package var events: [Event] {
        state.withLock { state in
            settle(&state)
            return state.events
        }
    }

    package var isRecording: Bool {
        get { state.withLock { $0.isRecording } }
        set {
            state.withLock { state in
                settle(&state)
                state.isRecording = newValue
                if newValue, let clock = Engine.workClock { begin(clock, &state) }
            }
        }
    }

    /// Books the calls that `body` makes.
    package func booking<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$active.withValue(self, operation: body)
    }

    /// Ends the present phase and begins another; empty for none.
    package func enter(phase: String) {
        let now = MonotonicClock.seconds
        state.withLock { state in
            if let clock = clock(of: state) {
                let mark = add(clock.mark(), to: &state)
                if keepsEvents, !state.phase.isEmpty {
                    state.told.append(Told(work: nil, phase: state.phase, start: state.phaseMark, end: mark))
                }
                state.phaseMark = mark
            } else if keepsEvents, state.isRecording, !state.phase.isEmpty {
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
        if let clock = state.withLock({ clock(of: $0) }) { return book(work(), clock, call) }
        let start = MonotonicClock.seconds
        let result = call()
        let seconds = MonotonicClock.seconds - start
        let work = work()
        state.withLock { state in
            state.isInsideCall = false
            enter(work, state.phase, start: start, seconds: seconds, in: &state)
        }
        return result
    }

    private func enter(_ work: Work, _ phase: String, start: Double, seconds: Double, in state: inout State) {
        let key = Key(phase: phase, name: work.name, shapes: distinguishesShapes ? work.shapes : [])
        let empty = Row(phase: key.phase, name: key.name, shapes: key.shapes, isProduct: work.isProduct)
        state.rows[key, default: empty].add(work, seconds)
        if keepsEvents { state.events.append(Event(work: work, phase: phase, start: start, seconds: seconds)) }
    }
}

// MARK: The times of a device

extension OperationProfile {
    /// nil where the host's is right, and while nothing is recorded.
    private func clock(of state: State) -> (any WorkClock)? { state.isRecording ? Engine.workClock : nil }

    /// The device has nothing to do when this returns, so that its clock and the host's are set side by side.
    private func begin(_ clock: any WorkClock, _ state: inout State) {
        _ = clock.seconds(of: [clock.mark()])
        state.firstMark = MonotonicClock.seconds
        state.marks = [clock.mark()]
        state.phaseMark = 0
    }

    /// - Returns: its index.
    private func add(_ mark: WorkMark, to state: inout State) -> Int {
        state.marks.append(mark)
        return state.marks.count - 1
    }

    private func book<Result>(_ work: Work, _ clock: any WorkClock, _ call: () -> Result) -> Result {
        let (start, phase) = state.withLock { (add(clock.mark(), to: &$0), $0.phase) }
        let result = call()
        state.withLock { state in
            state.isInsideCall = false
            let end = add(clock.mark(), to: &state)
            state.told.append(Told(work: work, phase: phase, start: start, end: end))
        }
        return result
    }

    /// Waits for the device, and enters what it was told with its own times.
    private func settle(_ state: inout State) {
        guard !state.marks.isEmpty, let clock = Engine.workClock else { return }
        let seconds = clock.seconds(of: state.marks)
        for told in state.told {
            let (start, length) = (state.firstMark + seconds[told.start], seconds[told.end] - seconds[told.start])
            if let work = told.work {
                enter(work, told.phase, start: start, seconds: length, in: &state)
            } else {
                state.events.append(Event(work: nil, phase: told.phase, start: start, seconds: length))
            }
        }
        (state.told, state.marks) = ([], [])
        if state.isRecording { begin(clock, &state) }
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
