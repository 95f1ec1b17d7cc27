internal import DeviceBackend
internal import Synchronization

extension Precision {
    /// Says the precision to every command, before what a setting says.
    public static let environmentVariable = "CAUSEWAY_PRECISION"
    /// The names, for messages.
    public static let expectation = "fp32, tf32 or bf16"

    /// What the command line says, or else the environment, or else this.
    public func orOfEnvironment() throws -> Precision {
        try Self.ofCommandLine.withLock { $0 } ?? Self.ofEnvironment() ?? self
    }

    private static let ofCommandLine = Mutex<Precision?>(nil)

    /// Has this process round so, whatever the environment and settings say: for an option of a command.
    public static func insist(on precision: Precision) { ofCommandLine.withLock { $0 = precision } }

    /// What the environment says; nil where it says nothing.
    private static func ofEnvironment() throws -> Precision? {
        guard let text = EnvironmentText.of(environmentVariable) else { return nil }
        guard let precision = Precision(rawValue: text) else {
            throw UnusableDevice("\(environmentVariable)=\(text) is no precision; say \(expectation)")
        }
        return precision
    }

    /// The processor's products are in single precision; nothing else is taken silently for them.
    public func checkForCPU() throws {
        guard self != .fp32 else { return }
        let isEnvironment = try Self.ofEnvironment() != nil
        let (said, instead) =
            if Self.ofCommandLine.withLock({ $0 != nil }) {
                ("--precision \(self)", "Say --precision fp32, or a card by --device cuda (or ")
            } else if isEnvironment {
                (
                    "\(Self.environmentVariable)=\(self)",
                    "Set \(Self.environmentVariable)=fp32, or a card by engine.device: cuda (or "
                )
            } else {
                (
                    "engine.precision: \(self)",
                    "Set engine.precision: fp32 (or \(Self.environmentVariable)=fp32), or a card by engine.device: "
                        + "cuda (or "
                )
            }
        throw UnusableDevice(
            "\(said) is for the tensor cores of a graphics card; the CPU computes in fp32 alone. \(instead)"
                + "\(Device.environmentVariable)=cuda)")
    }
}
