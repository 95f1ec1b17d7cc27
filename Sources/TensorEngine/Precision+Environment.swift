internal import Glibc

extension Precision {
    /// Says the precision to every command, before what a setting says.
    public static let environmentVariable = "CAUSEWAY_PRECISION"
    /// The names, for messages.
    public static let expectation = "fp32, tf32 or bf16"

    /// What the environment says; nil where it says nothing.
    static func ofEnvironment() throws -> Precision? {
        guard let text = getenv(environmentVariable).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        guard let precision = Precision(rawValue: text) else {
            throw UnusableDevice(description: "\(environmentVariable)=\(text) is no precision; say \(expectation)")
        }
        return precision
    }

    /// The processor's products are in single precision; nothing else is taken silently for them.
    func checkForCPU() throws {
        guard self != .fp32 else { return }
        throw UnusableDevice(
            description: "engine.precision: \(self) is for the tensor cores of a graphics card; the CPU computes in "
                + "fp32 alone. Set engine.precision: fp32 (or \(Self.environmentVariable)=fp32), or a card by "
                + "engine.device: cuda (or \(Device.environmentVariable)=cuda)")
    }
}
