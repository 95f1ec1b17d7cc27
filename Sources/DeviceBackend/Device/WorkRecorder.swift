internal import CDeviceDriver
internal import Synchronization

/// One thing that the stream of work is told.
///
/// `@unchecked Sendable`: made by one thread, used under the recorder's lock.
struct WorkCommand: @unchecked Sendable {
    /// All that it depends on: equal for what does the same with the same arguments.
    let signature: [UInt64]
    /// For errors.
    let description: @Sendable () -> String
    /// Whether codes are of the library of products.
    let isLibrary: Bool
    /// Tells the driver, and gives its code.
    let tell: () -> Int32
}

/// Work that is told again and again with the same arguments, as that of a steady training step is, is recorded as a
/// graph of the driver and handed over whole.
///
/// What is told is held back for a short while and cut into segments, at places that depend on the sequence alone: where
/// somebody needs the stream, and after `longest` commands. A segment that was told once before with the same commands and
/// arguments, to the bit, is recorded; from then on it is replayed. All others are told one by one. So nothing needs to
/// know what repeats, and a result never depends on it.
///
/// `@unchecked Sendable`: handles of the driver, which do not change.
final class WorkRecorder: @unchecked Sendable {
    /// Is told of a code of the driver, what it is of, and whether it is the library's.
    typealias Check = (Int32, String, Bool) -> Void

    private struct Segment {
        let signature: [UInt64]
        /// Once it was told for the second time.
        var graph: cdd_graph_exec?
        var lastUse: Int
    }

    private struct State {
        var held: [WorkCommand] = []
        var segments: [Int: Segment] = [:]
        var clock = 0
        var replays = 0
    }

    /// Commands of a segment, at most: the device should not wait for the host to collect them.
    private static let longest = 64
    /// Shorter ones are not worth a graph.
    private static let shortest = 4
    /// Segments that are remembered; when there are more, those are forgotten that were not told for longest.
    private static let mostSegments = 1024

    private let driver: cdd_driver
    private let stream: cdd_stream?
    private let state = Mutex(Unchecked(State()))

    /// `@unchecked Sendable`: lies behind the lock.
    private struct Unchecked: @unchecked Sendable {
        var value: State
        init(_ value: State) { self.value = value }
    }

    init(_ driver: cdd_driver, _ stream: cdd_stream?) { (self.driver, self.stream) = (driver, stream) }

    /// Segments that were replayed.
    var replays: Int { state.withLock { $0.value.replays } }

    /// Holds a command back until the segment ends.
    func add(_ command: WorkCommand, _ check: Check) {
        state.withLock { state in
            state.value.held.append(command)
            if state.value.held.count == Self.longest { tell(&state.value, check) }
        }
    }

    /// Tells the driver what is held back.
    func flush(_ check: Check) {
        state.withLock { tell(&$0.value, check) }
    }

    /// Lets go of all graphs.
    func close() {
        state.withLock { state in
            for segment in state.value.segments.values { destroy(segment) }
            state.value.segments = [:]
        }
    }

    private func tell(_ state: inout State, _ check: Check) {
        guard !state.held.isEmpty else { return }
        let commands = state.held
        state.held = []
        guard commands.count >= Self.shortest else { return tell(commands, check) }
        let signature = commands.flatMap(\.signature)
        let key = signature.hashValue
        state.clock += 1
        guard var segment = state.segments[key], segment.signature == signature else {
            tell(commands, check)
            if let other = state.segments[key] { destroy(other) }
            state.segments[key] = Segment(signature: signature, lastUse: state.clock)
            if state.segments.count > Self.mostSegments { forget(&state) }
            return
        }
        if segment.graph == nil { segment.graph = recorded(commands, check) }
        guard segment.graph != nil else { return }
        segment.lastUse = state.clock
        state.segments[key] = segment
        state.replays += 1
        check(driver.graph_launch(segment.graph, stream), "replaying \(commands.count) pieces of work", false)
    }

    private func tell(_ commands: [WorkCommand], _ check: Check) {
        for command in commands {
            let code = command.tell()
            if code != 0 { check(code, command.description(), command.isLibrary) }
        }
    }

    /// - Returns: nil where the driver took something amiss; then the device has failed.
    private func recorded(_ commands: [WorkCommand], _ check: Check) -> cdd_graph_exec? {
        var isWhole = true
        func require(_ code: Int32, _ action: String) {
            if code != 0 { isWhole = false }
            check(code, action, false)
        }
        // Calls of this thread that could not be recorded are errors.
        require(driver.capture_begin(stream, 1), "beginning to record work")
        tell(commands) { code, action, isLibrary in
            isWhole = false
            check(code, action, isLibrary)
        }
        var graph: cdd_graph?
        require(driver.capture_end(stream, &graph), "recording \(commands.count) pieces of work")
        var exec: cdd_graph_exec?
        if isWhole {
            require(driver.graph_instantiate(&exec, graph, 0), "making a graph of \(commands.count) pieces of work")
        }
        if let graph { _ = driver.graph_destroy(graph) }
        return isWhole ? exec : nil
    }

    /// Keeps the half that was told last.
    private func forget(_ state: inout State) {
        let limit = state.segments.values.map(\.lastUse).sorted()[state.segments.count / 2]
        for (key, segment) in state.segments where segment.lastUse < limit {
            destroy(segment)
            state.segments[key] = nil
        }
    }

    private func destroy(_ segment: Segment) {
        if let graph = segment.graph { _ = driver.graph_exec_destroy(graph) }
    }
}
