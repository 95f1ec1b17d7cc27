internal import ArgumentParser
internal import TensorEngine
internal import Training

/// What the engine computes with, for commands without a configuration file.
struct EngineOptions: ParsableArguments {
    @Option(help: "Threads to compute with (default: the cores this process may run on).")
    var threads: Int?

    @Option(help: "What computes: \(Device.expectation); goes before \(Device.environmentVariable).")
    var device: String?

    @Option(
        help: """
            How the operands of products are rounded: fp32 (default), tf32 (graphics cards) or bf16 (these, and \
            processors that can); goes before CAUSEWAY_PRECISION.
            """)
    var precision: Precision?

    func validate() throws {
        _ = try namedDevice()
        guard let threads, !(1...EngineConfiguration.mostThreads).contains(threads) else { return }
        throw ValidationError("--threads must be from 1 to \(EngineConfiguration.mostThreads), got \(threads)")
    }

    /// Has every device that this process opens be the one that was named, if one was, and round as was said.
    func chooseDevice() throws {
        if let device = try namedDevice() { Device.insist(on: device) }
        if let precision { Precision.insist(on: precision) }
    }

    private func namedDevice() throws -> Device? {
        guard let name = device else { return nil }
        guard let device = Device(name: name) else {
            throw ValidationError("--device \(name) is no device; say \(Device.expectation)")
        }
        return device
    }

    /// To be called before the first tensor is made.
    ///
    /// - Throws: where the device that was named, here or by the environment, cannot be used.
    func apply() throws {
        try chooseDevice()
        if let threads { Engine.setThreadCount(threads) }
        try Engine.setDeviceOfEnvironment(precision: precision ?? .fp32)
    }
}
