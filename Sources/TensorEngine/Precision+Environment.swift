internal import CPUBackend
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

    /// Whether the processor rounds so, if asked to; nothing else is taken silently for it.
    public func checkForCPU() throws(UnusableDevice) { _ = try libraryForCPU() }

    private static let library = Result<Bfloat16Library, any Error> {
        try Bfloat16Library(folder: EnvironmentText.of(Bfloat16Library.environmentVariable))
    }

    /// What computes in `bf16` on the processor, such as `oneDNN 2.6.3`.
    ///
    /// - Throws: where nothing does, with the reason.
    public static func processorsLibrary() throws -> String { try library.get().description }

    /// - Returns: nil for single precision, which needs none.
    func libraryForCPU() throws(UnusableDevice) -> Bfloat16Library? {
        switch self {
        case .fp32: return nil
        case .tf32:
            throw refusalByCPU("is for the tensor cores of a graphics card; the CPU computes in fp32, and some in bf16.")
        case .bf16:
            do { return try Self.library.get() } catch {
                throw refusalByCPU("cannot be had of the processor: \(error).")
            }
        }
    }

    private func refusalByCPU(_ reason: String) -> UnusableDevice {
        let (said, instead) =
            if Self.ofCommandLine.withLock({ $0 != nil }) {
                ("--precision \(self)", "Say --precision fp32, or a card by --device cuda (or ")
            } else if (try? Self.ofEnvironment()) ?? nil != nil {
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
        return UnusableDevice("\(said) \(reason) \(instead)\(Device.environmentVariable)=cuda)")
    }
}
