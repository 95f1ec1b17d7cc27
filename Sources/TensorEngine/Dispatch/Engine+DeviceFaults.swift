internal import DeviceBackend
internal import Glibc
internal import Synchronization

/// What went wrong on the device that computes: the first of it, with the kernels that were at work or the memory that
/// was asked for, and the remedy.
public struct DeviceFault: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether its memory was exhausted, rather than work lost.
    public let isShortage: Bool
    /// Whether it only follows from what went wrong on another rank's device, which that rank tells of.
    public let isConsequence: Bool
}

/// Operations cannot throw. A device that fails therefore ends the process, with one sentence and status 1, unless
/// somebody keeps faults to deal with them (`keepFaults`): then whatever is told the device from the fault on is not
/// done, what is read of it is zeros, and whoever keeps faults asks for them before results are used.
extension Engine {
    private struct FaultSettings {
        var keeps = false
        var remedy = "use a smaller batch, image or network, or a device with more memory"
        var end: @Sendable (DeviceFault) -> Never = { fault in
            _ = "error: \(fault)\n".utf8CString.withUnsafeBufferPointer {
                write(STDERR_FILENO, $0.baseAddress, $0.count - 1)
            }
            _exit(EXIT_FAILURE)
        }
    }

    private static let faultSettings = Mutex(FaultSettings())

    /// - Parameters:
    ///   - remedy: what a user of this command can do where memory is exhausted; ends the sentence.
    ///   - end: reports a fault that nobody keeps, and ends the process; called on any thread.
    public static func prepareForFaults(remedy: String, end: @escaping @Sendable (DeviceFault) -> Never) {
        faultSettings.withLock { ($0.remedy, $0.end) = (remedy, end) }
    }

    /// The fault of the device since it was opened or has recovered; nil where there is none.
    public static var deviceFault: DeviceFault? { cardBackend?.context.fault.map(worded) }

    /// Whether the device can fail at all, as the processor cannot.
    public static var deviceCanFail: Bool { cardBackend != nil }

    /// From now on faults are kept until `endOnFaults()`; to be called at the beginning of every step. What is taken of
    /// the device's memory counts as a step's.
    public static func keepFaults() {
        faultSettings.withLock { $0.keeps = true }
        cardBackend?.context.isInStep = true
    }

    /// Keeps the faults of something that is tried before any step; a fault that is there afterwards is dealt with by the
    /// caller, whatever faults did before.
    public static func keepingFaults<Result>(_ body: () throws -> Result) rethrows -> Result {
        let kept = faultSettings.withLock { settings in
            defer { settings.keeps = true }
            return settings.keeps
        }
        defer { faultSettings.withLock { $0.keeps = kept } }
        return try body()
    }

    /// From now on a fault ends the process again; so does one that was kept and not dealt with.
    public static func endOnFaults() {
        let settings = faultSettings.withLock { settings in
            settings.keeps = false
            return settings
        }
        cardBackend?.context.isInStep = false
        if let fault = deviceFault { settings.end(fault) }
    }

    /// Waits until the device has done all it was told, so that what went wrong is known.
    public static func waitForDevice() { cardBackend?.context.wait() }

    /// Takes the device into use again after a fault.
    ///
    /// - Returns: whether it answers, so that what its memory held before the fault can be read.
    public static func recoverDevice() -> Bool { cardBackend?.context.recover() ?? true }

    /// Does something to what the device's memory held before a fault that it outlives; afterwards the fault is there
    /// again. Where there is none this is a call, and where the device does not answer nothing.
    public static func whileRecovered(_ body: () -> Void) {
        guard let context = cardBackend?.context, let failure = context.fault else { return body() }
        guard context.recover() else { return }
        body()
        context.fail(failure)
    }

    /// Has the faults of a device that is opened come here.
    static func watch(_ backend: DeviceBackend) {
        backend.context.whenFailed { fault in
            let settings = faultSettings.withLock { $0 }
            if !settings.keeps { settings.end(worded(fault)) }
        }
    }

    private static func worded(_ fault: DeviceFailure) -> DeviceFault {
        let remedy = fault.isShortage ? "; " + faultSettings.withLock { $0.remedy } : ""
        return DeviceFault(
            description: fault.description + remedy, isShortage: fault.isShortage, isConsequence: fault.isConsequence)
    }
}
