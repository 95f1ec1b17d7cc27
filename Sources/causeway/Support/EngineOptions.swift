internal import ArgumentParser
internal import TensorEngine

/// What the engine computes with, for commands without a configuration file.
struct EngineOptions: ParsableArguments {
    @Option(help: "Threads to compute with (default: the cores this process may run on).")
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, got \(threads)") }
    }

    /// To be called before the first tensor is made.
    func apply() {
        if let threads { Engine.setThreadCount(threads) }
    }
}
