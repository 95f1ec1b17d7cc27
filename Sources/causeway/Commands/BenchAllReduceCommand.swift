internal import ArgumentParser
internal import Basics
internal import Benchmarks
internal import Collectives
internal import Training

/// `causeway bench allreduce`: sums over the ranks of a job.
struct BenchAllReduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allreduce",
        abstract: "Measures all-reduces of fp32 lists over the ranks of a job; start it with mpirun.")

    @Option(parsing: .upToNextOption, help: "Sizes of the lists, in KiB.")
    var sizes = [4, 64, 1024, 8192, 32_768]

    @Option(help: "All-reduces of each size.")
    var rounds = 20

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard sizes.allSatisfy({ (1...4_194_304).contains($0) }), rounds >= 1 else {
            throw ValidationError("--sizes must be from 1 to 4194304, --rounds at least 1")
        }
    }

    func run() throws {
        CommandJob.run { world in
            let results = try sizes.map { size in
                try AllReduceBenchmark.run(bytes: size << 10, rounds: rounds, world: world)
            }
            guard world.rank == 0 else { return }
            var table = TextTable(header: ["KiB", "ms", "GB/s", "GB/s a link"])
            for result in results {
                table.append([
                    "\(result.bytes >> 10)", NumberText.significant(result.seconds * 1000),
                    NumberText.fixed(result.gigabytesPerSecond, digits: 2),
                    NumberText.fixed(result.busGigabytesPerSecond, digits: 2),
                ])
            }
            output.show(table: "\(world.size) ranks\n" + table.text, json: .array(results.map(\.json)))
        }
    }
}
