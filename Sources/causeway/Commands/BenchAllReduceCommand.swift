internal import ArgumentParser
internal import Basics
internal import Benchmarks
internal import Collectives
internal import DataParallel
internal import TensorEngine
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

    @Option(
        help: """
            Sums numbers in the memory of devices, \(Device.expectation), through the hosts, and by NCCL where each rank has a card of its own.
            """)
    var device: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard sizes.allSatisfy({ (1...4_194_304).contains($0) }), rounds >= 1 else {
            throw ValidationError("--sizes must be from 1 to 4194304, --rounds at least 1")
        }
        _ = try namedDevice()
    }

    func run() throws {
        CommandJob.run { world in
            let results = try results(world)
            guard world.rank == 0 else { return }
            var table = TextTable(header: ["KiB", "ms", "GB/s", "GB/s a link"] + (device == nil ? [] : ["by"]))
            for result in results {
                let numbers = [
                    "\(result.bytes >> 10)", NumberText.significant(result.seconds * 1000),
                    NumberText.fixed(result.gigabytesPerSecond, digits: 2),
                    NumberText.fixed(result.busGigabytesPerSecond, digits: 2),
                ]
                table.append(numbers + (result.transport.map { [$0] } ?? []))
            }
            output.show(table: "\(world.size) ranks\n" + table.text, json: .array(results.map(\.json)))
        }
    }

    private func namedDevice() throws -> Device? {
        guard let name = device else { return nil }
        guard let device = Device(name: name), device != .cpu else {
            throw ValidationError("--device \(name) is no device with memory of its own; say cuda, cuda:N or standin")
        }
        return device
    }

    private func results(_ world: any ProcessGroup) throws -> [AllReduceBenchmark.Result] {
        guard let device = try namedDevice() else {
            return try sizes.map { try AllReduceBenchmark.run(bytes: $0 << 10, rounds: rounds, world: world) }
        }
        Device.insist(on: device)
        let devices = try JobDevices.open(device, over: world)
        let sums = try DeviceSums.open(
            .auto, of: devices, patienceSeconds: StalledJob.defaultSeconds, over: world)
        return try sizes.flatMap { size in
            try (sums == nil ? [nil] : [nil, sums]).map { devices in
                try AllReduceBenchmark.run(bytes: size << 10, rounds: rounds, devices: devices, world: world)
            }
        }
    }
}
