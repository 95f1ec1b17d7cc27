package import Basics
package import Collectives

/// How fast the ranks of a job sum a list of numbers, as they do with gradients.
package enum AllReduceBenchmark {
    package struct Result {
        package let bytes: Int
        /// The slowest rank's mean over the rounds.
        package let seconds: Double
        package let ranks: Int
        /// How the numbers travelled between devices; nil for numbers of the hosts.
        package var transport: String?

        /// Bytes of the list by time.
        package var gigabytesPerSecond: Double { Double(bytes) / seconds * 1e-9 }
        /// Traffic a rank at the least: `2 (n - 1) / n` of the list each way.
        package var busGigabytesPerSecond: Double { gigabytesPerSecond * 2 * Double(ranks - 1) / Double(ranks) }

        package var json: JSONValue {
            [
                "bytes": .integer(bytes), "seconds": .number(seconds), "ranks": .integer(ranks),
                "gigabytesPerSecond": .number(gigabytesPerSecond),
                "busGigabytesPerSecond": .number(busGigabytesPerSecond),
                "transport": transport.map { .string($0) } ?? .null,
            ]
        }
    }

    /// Collective.
    package static func run(bytes: Int, rounds: Int, world: any ProcessGroup) throws(CollectiveError) -> Result {
        var values = [Float](repeating: 1, count: max(1, bytes / MemoryLayout<Float>.stride))
        try world.allReduce(&values, .max)
        try world.barrier()
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<rounds { try world.allReduce(&values, .max) }
        let seconds = (clock.now - start).inSeconds / Double(rounds)
        return Result(bytes: bytes, seconds: try world.maximum(seconds), ranks: world.size)
    }
}
