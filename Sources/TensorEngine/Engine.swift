internal import Basics
internal import CKernels
internal import CPUBackend
internal import DeviceBackend
public import DeviceSeam
internal import Glibc
internal import Synchronization

/// The process's one backend and its threads, both chosen before the first tensor.
public enum Engine {
    // A number and a reference, whose absence is all zeros: a structure of optionals with a backend in it was laid out
    // by the compiler (6.3) as zeros where it should have been empty, and there were to be 0 threads.
    /// 0 where nobody has said.
    private static let wantedThreads = Mutex(0)
    /// What was chosen, by a call or by the environment.
    private static let openDevice = Mutex<OpenDevice?>(nil)
    private static let isStarted = Atomic(false)

    /// Sets how many threads this process computes with. Call before the first tensor.
    ///
    /// - Precondition: `count >= 1`.
    public static func setThreadCount(_ count: Int) {
        precondition(count >= 1, "Engine: needs at least one thread, got \(count)")
        wantedThreads.withLock { $0 = count }
    }

    /// Opens the device that tensors will live on and be computed by, for a process that asks nobody else. Call before
    /// the first tensor. What the environment says (`Device.environmentVariable`,
    /// `Precision.environmentVariable`) goes before both.
    ///
    /// - Throws: where the device cannot be used, with the reason and the remedy; never is another one taken instead,
    ///   but for `auto`, which then says so.
    public static func setDevice(_ device: Device, precision: Precision = .fp32) throws {
        let (wanted, rounding) = (try device.orOfEnvironment(), try precision.orOfEnvironment())
        if deviceInUse(for: wanted, rounding) != nil { return }
        if wanted == .cpu { try rounding.checkForCPU() }
        do throws(UnusableDevice) {
            try compute(on: open(wanted, rounding))
        } catch {
            guard wanted == .auto else { throw UnusableDevice.asked(wanted, error) }
            let processor = try OpenDevice(processorFor: wanted, precision: rounding)
            StandardError.write("note: auto computes on the processor: \(error)\n")
            try compute(on: processor)
        }
    }

    private static func open(_ device: Device, _ precision: Precision) throws(UnusableDevice) -> OpenDevice {
        do {
            return try OpenDevice(device, precision: precision)
        } catch let error as UnusableDevice {
            throw error
        } catch {
            throw UnusableDevice("\(error)")
        }
    }

    /// Has this process compute on a device. Call before the first tensor.
    ///
    /// - Throws: where it computes on another one already.
    public static func compute(on device: OpenDevice) throws(UnusableDevice) {
        let refusal = openDevice.withLock { open -> UnusableDevice? in
            if open === device || open.map({ $0.isLike(device) }) == true { return nil }
            guard !isStarted.load(ordering: .relaxed) else {
                return UnusableDevice(
                    "this process computes on \(open?.device.name ?? "cpu") in \(open?.precision ?? .fp32) already and "
                        + "cannot change to \(device.device.name) in \(device.precision); runs that follow each other "
                        + "need the same engine.device and engine.precision")
            }
            open = device
            return nil
        }
        if let refusal { throw refusal }
    }

    /// The device that was opened when this one was asked for; nil where it was not.
    public static func deviceInUse(for wanted: Device, _ precision: Precision) -> OpenDevice? {
        openDevice.withLock { open in open?.wanted == wanted && open?.precision == precision ? open : nil }
    }

    /// Opens the device that the environment names, or the CPU: for commands that no setting tells.
    ///
    /// - Parameter precision: where the environment says none.
    public static func setDeviceOfEnvironment(precision: Precision = .fp32) throws {
        try setDevice(.cpu, precision: precision)
    }

    /// The backend of a device with a driver; nil for the CPU's.
    static var cardBackend: DeviceBackend? { openDevice.withLock { $0?.backend } }

    /// Where tensors live and are computed.
    public static var device: Device { openDevice.withLock { $0?.device } ?? .cpu }

    /// How the operands of products are rounded.
    public static var precision: Precision { openDevice.withLock { $0?.precision } ?? .fp32 }

    /// What the device in use calls itself.
    public static var deviceDescription: String {
        openDevice.withLock { $0 }?.description ?? OpenDevice.processor(nil)
    }

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

    private static let threads: ThreadPool = {
        let wanted = wantedThreads.withLock { $0 }
        return ThreadPool(threadCount: wanted > 0 ? wanted : availableCores)
    }()

    /// For memory and transfers; kernels are called through `run`.
    static let backend: any Backend = {
        chooseByEnvironment()
        isStarted.store(true, ordering: .relaxed)
        let device = openDevice.withLock { $0 }
        return device?.backend ?? CPUBackend(threads: threads, bfloat16: device?.bfloat16)
    }()

    /// Where nobody has chosen, as in tests. What is wrong then is the environment's, which is no mistake of the program.
    private static func chooseByEnvironment() {
        guard openDevice.withLock({ $0 == nil }) else { return }
        do { try setDevice(.cpu) } catch {
            StandardError.write("error: \(error)\n")
            _exit(EXIT_FAILURE)
        }
    }
}
