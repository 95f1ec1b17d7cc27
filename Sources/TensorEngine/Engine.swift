internal import CKernels
internal import CPUBackend
public import DeviceSeam
internal import Synchronization

/// The process's one backend and its threads, both chosen before the first tensor.
public enum Engine {
    /// What computes.
    public enum Device: String, Sendable, CaseIterable {
        case cpu
    }

    private struct Choice {
        var threadCount: Int?
        var device = Device.cpu
    }

    private static let choice = Mutex(Choice())
    private static let isStarted = Atomic(false)

    /// Sets how many threads this process computes with. Call before the first tensor.
    ///
    /// - Precondition: `count >= 1`.
    public static func setThreadCount(_ count: Int) {
        precondition(count >= 1, "Engine: needs at least one thread, got \(count)")
        choice.withLock { $0.threadCount = count }
    }

    /// Sets where tensors live and are computed. Call before the first tensor.
    public static func setDevice(_ device: Device) {
        precondition(!isStarted.load(ordering: .relaxed), "Engine: the device is chosen before the first tensor")
        choice.withLock { $0.device = device }
    }

    /// Where tensors live and are computed.
    public static var device: Device { choice.withLock { $0.device } }

    /// Threads this process computes with: what was set, or else the cores it may run on.
    public static var threadCount: Int { threads.threadCount }

    /// Cores the process may run on (its affinity mask).
    public static var availableCores: Int { Int(ck_available_cores()) }

    /// The instruction-set level the kernels run at: `x86-64-v4` (AVX-512), `x86-64-v3` (AVX2) or `baseline`.
    public static var cpuLevel: String { String(cString: ck_cpu_level()) }

    /// The linear algebra library in use with its version and build options, as it describes itself.
    public static var blasDescription: String { CPUBackend.blasDescription }

    /// The memory every tensor comes from.
    public static var memory: Memory { Memory() }

    /// The memory of the backend.
    public struct Memory {
        public var statistics: MemoryStatistics { Engine.backend.memoryStatistics }
        /// Starts a new peak measurement at the present use.
        public func resetPeak() { Engine.backend.resetMemoryPeak() }
    }

    /// Runs `body` over `0..<count` on the host's threads, in chunks of at least `grain`.
    package static func parallelFor(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        threads.parallelFor(count, grain: grain, body)
    }

    private static let threads = ThreadPool(threadCount: choice.withLock { $0.threadCount } ?? availableCores)

    /// For memory and transfers; kernels are called through `run`.
    static let backend: any Backend = {
        isStarted.store(true, ordering: .relaxed)
        return switch device {
        case .cpu: CPUBackend(threads: threads)
        }
    }()
}
