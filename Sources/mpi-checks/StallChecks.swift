import Basics
import Collectives
import Glibc

// Ranks that wait for others with a limit of two seconds.
private let limitSeconds = 2

/// Rank 0 computes for longer than the limit and says so between its operations: nobody gives it up.
func workLongerThanTheLimit(_ world: any ProcessGroup) throws {
    world.limitWaiting(seconds: limitSeconds)
    if world.rank == 0 {
        let end = MonotonicClock.seconds + 2.5 * Double(limitSeconds)
        while MonotonicClock.seconds < end {
            usleep(20_000)
            world.pulse()
        }
    }
    try world.barrier()
}

/// Rank 0 does something that knows nothing of ranks for longer than the limit.
func writeLongerThanTheLimit(_ world: any ProcessGroup) throws {
    world.limitWaiting(seconds: limitSeconds)
    if world.rank == 0 {
        let answer = world.working { () -> Int in
            usleep(UInt32(2_500_000 * limitSeconds))
            return 42
        }
        try expectEqual(answer, 42, "result of the work")
    }
    try world.barrier()
}

/// The last rank does nothing that others could hear of.
func fallSilent(_ world: any ProcessGroup) throws {
    world.limitWaiting(seconds: limitSeconds)
    if world.rank == world.size - 1 { sleep(60) }
    try world.barrier()
}

/// The last rank stops, as a process does whose machine hangs.
func freeze(_ world: any ProcessGroup) throws {
    world.limitWaiting(seconds: limitSeconds)
    for step in 0... {
        if step == 20 && world.rank == world.size - 1 { raise(SIGSTOP) }
        var values = [Float](repeating: Float(step), count: 10_000)
        try world.allReduce(&values, .sum)
    }
}

/// Every rank waits for a message that none sends.
func waitForEachOther(_ world: any ProcessGroup) throws {
    world.limitWaiting(seconds: limitSeconds)
    var values = [Float](repeating: 0, count: 5)
    try world.receive(&values, from: (world.rank + 1) % world.size, tag: 3)
}
