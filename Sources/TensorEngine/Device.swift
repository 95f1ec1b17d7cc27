internal import CPUBackend
internal import DeviceBackend
internal import Synchronization

/// What computes.
public enum Device: Sendable, Hashable {
    /// A graphics card where one can be used, and the processor elsewhere, with a line that says why.
    case auto
    case cpu
    /// A graphics card, through its driver: by its number among those the driver shows, or by the rank on the node.
    /// Experimental: no card has run it yet.
    case card(Int?)
    /// The kernels of a card on the host, behind a driver of ours: slower than the CPU's own, for tests.
    case standIn

    /// The names of devices, for messages.
    public static let expectation = "auto, cpu, cuda, cuda:N or standin"
    /// Says the device to every command, before what a setting says.
    public static let environmentVariable = "CAUSEWAY_DEVICE"

    public init?(name: String) {
        switch name {
        case "auto": self = .auto
        case "cpu": self = .cpu
        case "cuda": self = .card(nil)
        case "standin": self = .standIn
        default:
            guard let index = Int(name.dropFirst(5)), index >= 0, name == "cuda:\(index)" else { return nil }
            self = .card(index)
        }
    }

    public var name: String {
        switch self {
        case .auto: "auto"
        case .cpu: "cpu"
        case .card(let index): index.map { "cuda:\($0)" } ?? "cuda"
        case .standIn: "standin"
        }
    }

    /// Without the number of a card: replicas on devices of one kind have the same bits.
    public var kindName: String { if case .card = self { "cuda" } else { name } }

    /// Whether a card is opened for it.
    public var takesCard: Bool {
        switch self {
        case .auto, .card: true
        case .cpu, .standIn: false
        }
    }
}

/// A device that cannot be used, or a name that is none.
public struct UnusableDevice: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension Device {
    /// Ends early where the environment names what is no device, or no failure of the stand-in, before anything is
    /// computed.
    public static func checkEnvironment() throws {
        _ = try ofEnvironment()
        _ = try Precision.fp32.orOfEnvironment()
        do {
            _ = try StandInFaults.ofEnvironment()
            try DeviceSwitch.checkEnvironment()
        } catch let error as DeviceError {
            throw UnusableDevice(error.description)
        }
    }

    /// What the command line says, or else the environment, or else this.
    public func orOfEnvironment() throws -> Device {
        try Self.ofCommandLine.withLock { $0 } ?? Self.ofEnvironment() ?? self
    }

    private static let ofCommandLine = Mutex<Device?>(nil)

    /// How a user has the processor taken, in the place where the device in use was said.
    ///
    /// - Parameter key: of a setting, where neither the command line nor the environment says anything.
    static func sayingProcessor(insteadOf key: String) -> String {
        if ofCommandLine.withLock({ $0 != nil }) { return "--device cpu" }
        let ofEnvironment = (try? ofEnvironment()) ?? nil
        return ofEnvironment == nil ? "\(key): cpu (or \(environmentVariable)=cpu)" : "\(environmentVariable)=cpu"
    }

    /// Has this process open no other device, whatever the environment and settings say: for an option of a command.
    public static func insist(on device: Device) { ofCommandLine.withLock { $0 = device } }

    /// What the environment says; nil where it says nothing.
    private static func ofEnvironment() throws -> Device? {
        guard let text = EnvironmentText.of(environmentVariable) else { return nil }
        guard let device = Device(name: text) else {
            throw UnusableDevice("\(environmentVariable)=\(text) is no device; say \(expectation)")
        }
        return device
    }
}

/// A device that is open; `Engine.compute(on:)` has the process compute on it.
public final class OpenDevice: Sendable {
    /// What was asked for.
    public let wanted: Device
    /// Never `auto`.
    public let device: Device
    /// How the operands of its products are rounded.
    public let precision: Precision
    /// nil for the CPU's.
    let backend: DeviceBackend?
    /// Of the processor's products of rounded numbers.
    let bfloat16: Bfloat16Library?

    /// The processor.
    ///
    /// - Parameter wanted: what was asked for.
    /// - Throws: where it does not round so.
    public init(processorFor wanted: Device, precision: Precision) throws(UnusableDevice) {
        (self.wanted, device, self.precision, backend) = (wanted, .cpu, precision, nil)
        bfloat16 = try precision.libraryForCPU()
    }

    /// Opens a device; a card also for `auto`.
    ///
    /// - Parameter seat: of this process among those of its node that take cards, which do so in turns.
    /// - Throws: `UnusableDevice` with the reason alone.
    public init(_ wanted: Device, precision: Precision = .fp32, seat: Int = 0) throws {
        bfloat16 = wanted == .cpu ? try precision.libraryForCPU() : nil
        (self.wanted, self.precision) = (wanted, precision)
        device = wanted == .auto ? .card(nil) : wanted
        do {
            backend =
                switch wanted {
                case .cpu: nil
                case .standIn: try DeviceBackend(.standIn, precision: precision)
                case .auto: try DeviceBackend(.card(Self.card(ofSeat: seat)), precision: precision)
                case .card(let index):
                    try DeviceBackend(.card(index ?? Self.card(ofSeat: seat)), precision: precision)
                }
        } catch let error as DeviceError {
            throw UnusableDevice(error.description)
        }
        backend.map(Engine.watch)
    }

    private static func card(ofSeat seat: Int) throws -> Int { seat % max(1, try DeviceList.cards().count) }

    /// Tells a card from all others of its machine; empty for what is none.
    public var identity: String {
        guard case .card = device else { return "" }
        return (backend?.context.identity ?? []).map { String($0, radix: 16) }.joined(separator: ".")
    }

    /// Whether numbers are computed by the same.
    func isLike(_ other: OpenDevice) -> Bool { device == other.device && precision == other.precision }

    /// What the device calls itself.
    public var description: String { backend?.context.name ?? Self.processor(bfloat16) }

    static func processor(_ library: Bfloat16Library?) -> String {
        "CPU, kernels at \(Engine.cpuLevel)" + (library.map { ", products by \($0.description)" } ?? "")
    }
    /// 0 for the processor.
    public var memoryBytes: Int { backend?.context.memoryBytes ?? 0 }
}

extension UnusableDevice {
    /// What a user is told of a device that he asked for.
    ///
    /// - Parameter key: of the setting that may have named it.
    public static func asked(
        _ device: Device, by key: String = "engine.device", _ reason: UnusableDevice
    ) -> UnusableDevice {
        let remedy = "\(Device.sayingProcessor(insteadOf: key)) computes on the processor"
        return UnusableDevice("\(examining(device, reason).description); \(remedy)")
    }

    /// The same of a device that nothing can take the place of.
    static func examining(_ device: Device, _ reason: UnusableDevice) -> UnusableDevice {
        UnusableDevice("the device \(device.name) cannot be used: \(reason.description)")
    }
}

extension Engine {
    /// The graphics cards of this machine, by their names with the bytes of their memory.
    ///
    /// - Throws: where there is no driver, or it does not start, with the reason.
    public static func graphicsCards() throws -> [(name: String, memoryBytes: Int)] {
        do {
            return try DeviceList.cards().map { ($0.name, $0.memoryBytes) }
        } catch let error as DeviceError {
            throw UnusableDevice(error.description)
        }
    }
}
