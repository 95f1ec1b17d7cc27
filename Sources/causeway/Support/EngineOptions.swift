internal import ArgumentParser
internal import TensorEngine
internal import Training

/// What the engine computes with, for commands without a configuration file.
struct EngineOptions: ParsableArguments {
    @Option(help: "Threads to compute with (default: the cores this process may run on).")
    var threads: Int?

    @Option(
        help: """
            How a graphics card rounds the operands of products: fp32, tf32 or bf16 (CAUSEWAY_PRECISION goes before).
            """)
    var precision = Precision.fp32

    func validate() throws {
        guard let threads, !(1...EngineConfiguration.mostThreads).contains(threads) else { return }
        throw ValidationError("--threads must be from 1 to \(EngineConfiguration.mostThreads), got \(threads)")
    }

    /// To be called before the first tensor is made.
    ///
    /// - Throws: where the device that the environment names cannot be used.
    func apply() throws {
        if let threads { Engine.setThreadCount(threads) }
        try Engine.setDeviceOfEnvironment(precision: precision)
    }
}
