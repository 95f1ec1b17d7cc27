internal import Collectives
internal import Training

/// How fast the ranks of a job sum a list of numbers, as they do with gradients.
enum AllReduceBenchmark {
    struct Result {
        let bytes: Int
        /// The slowest rank's mean over the rounds.
        let seconds: Double
        let ranks: Int

        /// Bytes of the list by time.
        var gigabytesPerSecond: Double { Double(bytes) / seconds * 1e-9 }
        /// Traffic a rank at the least: `2 (n - 1) / n` of the list each way.
        var busGigabytesPerSecond: Double { gigabytesPerSecond * 2 * Double(ranks - 1) / Double(ranks) }

        var json: JSONValue {
            [
                "bytes": .integer(bytes), "seconds": .number(seconds), "ranks": .integer(ranks),
                "gigabytesPerSecond": .number(gigabytesPerSecond),
                "busGigabytesPerSecond": .number(busGigabytesPerSecond),
            ]
        }
    }

    /// Collective.
    static func run(bytes: Int, rounds: Int, world: any ProcessGroup) throws(CollectiveError) -> Result {
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
