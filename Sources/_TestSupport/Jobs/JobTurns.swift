internal import Foundation
internal import Synchronization
public import Testing

/// Lets a few of a suite's tests start jobs at a time, over all suites that have this trait: as many as use the machine
/// while one of them waits, and no more than its cores bear.
///
/// Tests wait for their turn without a thread. They run on threads of their own, since a test that waits for a job would
/// otherwise hold one of the few that compute the tests which start none.
public struct JobTurns: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Turns.shared.take()
        defer { Turns.shared.giveBack() }
        try await withTaskExecutorPreference(JobThreads.shared) { try await function() }
    }
}

extension Trait where Self == JobTurns {
    /// Whatever starts programs runs beside one or a few others of its kind.
    public static var jobsInTurns: Self { JobTurns() }
}

/// First come, first served.
private final class Turns: Sendable {
    static let shared = Turns(count: max(2, ProcessInfo.processInfo.activeProcessorCount / 4))

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// To the one that has waited longest.
    func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}

/// A thread for each piece of a test, as it may wait for a program.
private final class JobThreads: TaskExecutor {
    static let shared = JobThreads()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }.start()
    }
}
