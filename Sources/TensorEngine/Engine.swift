internal import CKernels
internal import Synchronization

/// The process's one backend and its threads.
public enum Engine {
    private static let requestedThreads = Mutex<Int?>(nil)
    private static let requestedProfile = Mutex<OperationProfile?>(nil)
    private static let isBackendMade = Atomic(false)

    /// Sets how many threads this process computes with. Call before the first tensor.
    ///
    /// - Precondition: `count >= 1`.
    public static func setThreadCount(_ count: Int) {
        precondition(count >= 1, "Engine: needs at least one thread, got \(count)")
        requestedThreads.withLock { $0 = count }
    }

    /// Threads this process computes with: what was set, or else the cores it may run on.
    public static var threadCount: Int { threads.threadCount }

    /// Cores the process may run on (its affinity mask).
    public static var availableCores: Int { Int(ck_available_cores()) }

    /// The instruction-set level the kernels run at: `x86-64-v4` (AVX-512), `x86-64-v3` (AVX2) or `baseline`.
    public static var cpuLevel: String { String(cString: ck_cpu_level()) }

    /// The memory every tensor comes from.
    public static let memory = MemoryPool()

    package static let threads = ThreadPool(threadCount: requestedThreads.withLock { $0 } ?? availableCores)

    package static let backend: any Backend = makeBackend()

    /// Books every call of the backend. Call before the first tensor.
    package static func profileOperations(into profile: OperationProfile) {
        precondition(!isBackendMade.load(ordering: .relaxed), "Engine: profiling must begin before the first tensor")
        requestedProfile.withLock { $0 = profile }
    }

    private static func makeBackend() -> any Backend {
        isBackendMade.store(true, ordering: .relaxed)
        let backend = CPUBackend(threads: threads, memory: memory)
        guard let profile = requestedProfile.withLock({ $0 }) else { return backend }
        return ProfilingBackend(backend, into: profile)
    }
}
