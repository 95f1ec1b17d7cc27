internal import Basics
internal import Glibc
internal import Synchronization

/// The threads of one rank: the caller plus `threadCount - 1` workers that spin briefly for work before they sleep.
///
/// Work is split statically: the same count, grain and thread count always give the same chunks, so sums that are
/// collected chunk by chunk repeat to the bit.
package final class ThreadPool: Sendable {
    /// Threads that run a parallel loop, the caller included.
    package let threadCount: Int

    private let shared: SharedState
    /// Held while a loop runs. A loop started from inside another one, or from a second thread, runs serially.
    private let busy = Mutex(())

    /// - Precondition: `threadCount >= 1`.
    package init(threadCount: Int) {
        precondition(threadCount >= 1, "ThreadPool: needs at least one thread, got \(threadCount)")
        self.threadCount = threadCount
        shared = SharedState(workerCount: threadCount - 1)
        for worker in 1..<max(1, threadCount) { shared.startWorker(index: worker) }
    }

    deinit { shared.stop() }

    /// Runs `body` over `0..<count` in at most `threadCount` chunks of at least `grain` (the last may be shorter).
    ///
    /// - Parameters:
    ///   - grain: the smallest chunk worth a thread.
    ///   - body: called with disjoint ranges that cover `0..<count`, possibly at the same time.
    package func parallelFor(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let chunks = chunkCount(count, grain: grain)
        run(chunks: chunks) { chunk in
            body(chunk * count / chunks..<(chunk + 1) * count / chunks)
        }
    }

    /// The number of chunks `parallelFor` makes; a pure function of its arguments and `threadCount`.
    package func chunkCount(_ count: Int, grain: Int = 1) -> Int {
        max(1, min(threadCount, count / max(1, grain)))
    }

    /// Runs `body(0) … body(chunks - 1)`, chunk `i` on thread `i % threadCount`.
    package func run(chunks: Int, _ body: (Int) -> Void) {
        let ranParallel =
            chunks > 1 && threadCount > 1
            && busy.withLockIfAvailable { _ in
                withoutActuallyEscaping(body) { escaping in
                    shared.runOnAll(threadCount: threadCount) { thread in
                        var chunk = thread
                        while chunk < chunks {
                            escaping(chunk)
                            chunk += self.threadCount
                        }
                    }
                }
                return true
            } ?? false
        if !ranParallel {
            for chunk in 0..<chunks { body(chunk) }
        }
    }
}

/// What the workers see. `generation` announces a new job, `running` counts workers still in it.
///
/// `@unchecked Sendable`: `job` is written only while `running` is zero, before `generation` is advanced (release),
/// and read by workers after they saw the advance (acquire); `mutex` guards the sleeping.
private final class SharedState: @unchecked Sendable {
    private let generation = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let sleeping = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let workerCount: Int
    private var job: ((Int) -> Void)?
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// Spins before a worker sleeps, about 50 microseconds: longer than the gap between two kernels of one layer.
    private static let spinsBeforeSleep = 2_000

    init(workerCount: Int) {
        self.workerCount = workerCount
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(condition)
        mutex.deallocate()
        condition.deallocate()
    }

    func startWorker(index: Int) {
        do throws(ThreadError) {
            try NamedThread.detached("compute-\(index)") { self.work(as: index) }
        } catch {
            MemoryShortage.end(
                refused:
                    "thread \(index + 1) of \(workerCount + 1) (\(error)); lower engine.threads, or raise the limit of "
                    + "processes (ulimit -u)")
        }
    }

    func runOnAll(threadCount: Int, _ body: @escaping (Int) -> Void) {
        job = body
        running.store(workerCount, ordering: .relaxed)
        generation.add(1, ordering: .sequentiallyConsistent)
        if sleeping.load(ordering: .sequentiallyConsistent) > 0 { wake() }
        body(0)
        var spins = 0
        while running.load(ordering: .acquiring) > 0 {
            spins += 1
            if spins > Self.spinsBeforeSleep { sched_yield() }
        }
        job = nil
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        generation.add(1, ordering: .sequentiallyConsistent)
        wake()
    }

    private func wake() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    fileprivate func work(as index: Int) {
        var seen = 0
        while true {
            seen = waitForGeneration(after: seen)
            if stopped.load(ordering: .sequentiallyConsistent) { return }
            job?(index)
            running.subtract(1, ordering: .releasing)
        }
    }

    private func waitForGeneration(after seen: Int) -> Int {
        for _ in 0..<Self.spinsBeforeSleep {
            let now = generation.load(ordering: .acquiring)
            if now != seen { return seen + 1 }
        }
        pthread_mutex_lock(mutex)
        sleeping.add(1, ordering: .sequentiallyConsistent)
        while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(condition, mutex) }
        sleeping.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
        return seen + 1
    }
}
