internal import DeviceBackend
internal import Glibc

/// What computes.
public enum Device: Sendable, Hashable {
    case cpu
    /// A graphics card, through its driver: by its number among those the driver shows, or by the rank on the node.
    /// Experimental: no card has run it yet.
    case card(Int?)
    /// The kernels of a card on the host, behind a driver of ours: slower than the CPU's own, for tests.
    case standIn

    /// The names of devices, for messages.
    public static let expectation = "cpu, cuda, cuda:N or standin (auto is not there yet)"
    /// Says the device to every command, before what a setting says.
    public static let environmentVariable = "CAUSEWAY_DEVICE"

    public init?(name: String) {
        switch name {
        case "cpu": self = .cpu
        case "cuda": self = .card(nil)
        case "standin": self = .standIn
        default:
            guard name.hasPrefix("cuda:"), let index = Int(name.dropFirst(5)), index >= 0 else { return nil }
            self = .card(index)
        }
    }

    public var name: String {
        switch self {
        case .cpu: "cpu"
        case .card(let index): index.map { "cuda:\($0)" } ?? "cuda"
        case .standIn: "standin"
        }
    }
}

/// A device that cannot be used, or a name that is none.
public struct UnusableDevice: Error, CustomStringConvertible {
    public let description: String
}

extension Device {
    /// Ends early where the environment names what is no device, before anything is computed.
    public static func checkEnvironment() throws {
        _ = try ofEnvironment()
        _ = try Precision.ofEnvironment()
    }

    /// What the environment says; nil where it says nothing.
    static func ofEnvironment() throws -> Device? {
        guard let text = getenv(environmentVariable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        guard let device = Device(name: text) else {
            throw UnusableDevice(description: "\(environmentVariable)=\(text) is no device; say \(expectation)")
        }
        return device
    }

    /// - Returns: nil for the CPU.
    func open(rank: Int, precision: Precision) throws -> DeviceBackend? {
        do {
            switch self {
            case .cpu:
                try precision.checkForCPU()
                return nil
            case .standIn: return try DeviceBackend(.standIn, precision: precision)
            case .card(let index):
                return try DeviceBackend(.card(index ?? Self.share(ofRank: rank)), precision: precision)
            }
        } catch let error as DeviceError {
            throw UnusableDevice(
                description: "the device \(name) cannot be used: \(error.description); engine.device: cpu "
                    + "(or \(Self.environmentVariable)=cpu) computes on the processor")
        }
    }

    /// The card of a process: the processes of a node take turns.
    private static func share(ofRank rank: Int) throws -> Int {
        rank % max(1, try DeviceList.cards().count)
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
            throw UnusableDevice(description: error.description)
        }
    }
}
