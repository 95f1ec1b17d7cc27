import Basics
import Collectives
import Glibc

/// A rank that waits for a slow one leaves the core to it: at most 30 % of the waiting time is its own CPU time.
func checkPatience(_ world: any ProcessGroup) throws {
    guard world.size > 1 else { return }
    try world.barrier()
    let startSeconds = MonotonicClock.seconds
    let startCPUSeconds = ProcessorClock.processSeconds
    if world.rank == 0 { usleep(1_000_000) }
    try world.barrier()
    let waited = MonotonicClock.seconds - startSeconds
    let share = (ProcessorClock.processSeconds - startCPUSeconds) / waited
    try expect(share < 0.3, "waiting used \(share) of a core")
}

/// Prints the time of an all-reduce by size; a measurement, not a claim.
func measureAllReduce(_ world: any ProcessGroup) throws {
    for count in [1, 1000, 100_000, 2_000_000, 4_000_000] {
        var values = [Float](repeating: 1, count: count)
        try world.allReduce(&values, .max)
        let repetitions = count > 1_000_000 ? 5 : 30
        let start = MonotonicClock.seconds
        for _ in 0..<repetitions { try world.allReduce(&values, .max) }
        let milliseconds = (MonotonicClock.seconds - start) / Double(repetitions) * 1000
        if world.rank == 0 { print("all-reduce of \(count) floats: \(milliseconds) ms") }
    }
}
