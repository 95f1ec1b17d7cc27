internal import DeviceBackend
internal import DeviceSeam

/// Devices of several processes that add up numbers among themselves, seen by one of them: by NCCL, from card to card,
/// beside their work and without the hosts.
///
/// Every process makes the same calls in the same order. Sums do not fail: where they cannot come, the device has failed
/// (`Engine.deviceFault`), on all processes.
public final class DeviceGroup {
    private let link: DeviceLink
    /// Held as long as its sums may be under way.
    private let backend: DeviceBackend

    /// Whether the device of this process can add up with others at all, as the processor cannot.
    public static var isPossible: Bool { Engine.cardBackend != nil }

    /// What adds up, such as `NCCL 2.21.5`.
    ///
    /// - Throws: `UnusableDevice` with the reason, where it is missing or too old.
    public static func libraryDescription() throws -> String {
        do {
            return "NCCL \(try Engine.cardBackend.map { try library(of: $0).version } ?? LinkLibrary.found())"
        } catch let error as DeviceError {
            throw UnusableDevice(error.description)
        }
    }

    private static func library(of backend: DeviceBackend) throws -> LinkLibrary {
        try LinkLibrary(standIn: backend.context.isStandIn)
    }

    /// What the processes of a group find each other by; made by one of them, and given to the others.
    public static func makeIdentity() throws -> [UInt8] {
        guard let backend = Engine.cardBackend else { return [] }
        do { return try library(of: backend).makeIdentity() } catch let error as DeviceError {
            throw UnusableDevice(error.description)
        }
    }

    /// Joins the processes, and returns once all have come.
    ///
    /// - Parameters:
    ///   - rank: in `0..<size`.
    ///   - patienceSeconds: after which processes that do not come, or sums, are given up; 0 waits for ever.
    ///   - whileWaiting: asked while the host waits for sums: why they cannot come any more, nil where nothing is known.
    ///   - tellOthers: is called once, when this process takes part no more.
    /// - Throws: `UnusableDevice` where they cannot be joined.
    /// - Precondition: this process computes on a device.
    public init(
        identity: [UInt8], rank: Int, size: Int, patienceSeconds: Int, whileWaiting: @escaping () -> String?,
        tellOthers: @escaping () -> Void
    ) throws {
        guard let backend = Engine.cardBackend else { preconditionFailure("DeviceGroup: the processor has none") }
        self.backend = backend
        do {
            link = try DeviceLink(
                backend.context, Self.library(of: backend), identity: identity, rank: rank, size: size,
                patienceSeconds: patienceSeconds, whileWaiting: whileWaiting, tellOthers: tellOthers)
        } catch let error as DeviceError {
            throw UnusableDevice(error.description)
        }
    }

    /// Adds up tensors, in place, beside what the device is told from now on. Until `join()` nobody may use them, nor let
    /// go of them.
    public func sum(_ tensors: [Tensor]) { link.sum(tensors.map(\.array)) }

    /// What the device is told from now on sees the sums. The host does not wait.
    public func join() { link.join() }

    /// Adds up in the order of the device's work.
    func sumInOrder(_ sums: SumArray) {
        link.sum(sums)
        link.join()
    }
}
