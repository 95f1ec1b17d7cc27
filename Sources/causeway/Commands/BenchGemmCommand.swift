internal import ArgumentParser
internal import Basics
internal import Benchmarks
internal import TensorEngine
internal import Training

/// `causeway bench gemm`: products of square matrices.
struct BenchGemmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gemm",
        abstract: "Measures products of square matrices: the limit of what a training step can reach.")

    @Option(parsing: .upToNextOption, help: "Sides of the matrices, in elements.")
    var sizes = [256, 512, 1024, 2048]

    @Option(help: "Least time to measure each size for, in seconds.")
    var seconds = 0.5

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard sizes.allSatisfy({ (1...16_384).contains($0) }) else {
            throw ValidationError("--sizes must be from 1 to 16384")
        }
    }

    func run() throws {
        try engine.apply()
        let results = sizes.map { MatrixProductBenchmark.run(size: $0, leastSeconds: seconds) }
        var table = TextTable(header: ["size", "ms", "GFLOP/s"])
        for result in results {
            table.append([
                "\(result.size)", NumberText.significant(result.bestSeconds * 1000),
                NumberText.fixed(result.gigaflopsPerSecond, digits: 1),
            ])
        }
        let place = Engine.device == .cpu
            ? "\(Engine.threadCount) threads, \(Engine.deviceDescription), \(Engine.precision)"
            : "\(Engine.device.name), \(Engine.deviceDescription), \(Engine.precision); times are the device's own"
        output.show(
            table: place + "\n" + table.text,
            json: [
                "threads": .integer(Engine.threadCount), "cpuLevel": .string(Engine.cpuLevel),
                "precision": .string(Engine.precision.rawValue),
                "device": .string(Engine.device.name),
                "deviceDescription": .string(Engine.deviceDescription),
                "clock": .string(Engine.clockName),
                "products": .array(results.map(\.json)),
            ])
    }
}
