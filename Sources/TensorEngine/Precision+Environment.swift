internal import Glibc

extension Precision {
    /// Says the precision to every command, before what a setting says.
    public static let environmentVariable = "CAUSEWAY_PRECISION"
    /// The names, for messages.
    public static let expectation = "fp32, tf32 or bf16"

    /// What the environment says, or else this.
    public func orOfEnvironment() throws -> Precision {
        guard let text = getenv(Self.environmentVariable).map({ String(cString: $0) }), !text.isEmpty else {
            return self
        }
        guard let precision = Precision(rawValue: text) else {
            throw UnusableDevice("\(Self.environmentVariable)=\(text) is no precision; say \(Self.expectation)")
        }
        return precision
    }

    /// The processor's products are in single precision; nothing else is taken silently for them.
    public func checkForCPU() throws {
        guard self != .fp32 else { return }
        throw UnusableDevice(
            "engine.precision: \(self) is for the tensor cores of a graphics card; the CPU computes in fp32 alone. Set "
                + "engine.precision: fp32 (or \(Self.environmentVariable)=fp32), or a card by engine.device: cuda (or "
                + "\(Device.environmentVariable)=cuda)")
    }
}
