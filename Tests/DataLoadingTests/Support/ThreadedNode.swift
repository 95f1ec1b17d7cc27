import DataLoading
import Glibc

/// Ranks of one node as threads of this process, each with its own mapping of the store.
final class ThreadedNode: @unchecked Sendable {
    private let size: Int
    private var barrier = pthread_barrier_t()
    /// Written by rank 0 before, read by the others after a barrier.
    private var announced = ""

    private init(size: Int) {
        self.size = size
        pthread_barrier_init(&barrier, nil, UInt32(size))
    }

    deinit { pthread_barrier_destroy(&barrier) }

    private func wait() { pthread_barrier_wait(&barrier) }

    private func group(rank: Int) -> NodeGroup {
        NodeGroup(
            rank: rank, size: size,
            broadcast: { text in
                if rank == 0 { self.announced = text }
                self.wait()
                return self.announced
            },
            barrier: { self.wait() })
    }

    /// Runs `body` once a rank, each on its own thread.
    static func run(_ size: Int, _ body: @escaping @Sendable (NodeGroup) -> Void) {
        let node = ThreadedNode(size: size)
        inParallel(size) { body(node.group(rank: $0)) }
    }
}

/// Runs `body(0)...body(count - 1)` on as many threads.
func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let threads = (0..<count).map { index -> pthread_t in
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work { body(index) })
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}
