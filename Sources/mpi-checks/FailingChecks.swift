import Collectives
import Glibc
import Synchronization

/// The last rank asks for another count; `CheckedGroup` must say so on every rank.
func callDifferently(_ world: any ProcessGroup) throws {
    let checked = CheckedGroup(world)
    var values = [Float](repeating: 0, count: world.rank == world.size - 1 ? 5 : 4)
    try checked.allReduce(&values, .sum)
}

/// A receive of another length than the message.
func sendAnotherLength(_ world: any ProcessGroup) throws {
    if world.rank == 0 {
        try world.send([1, 2, 3] as [Float], to: 1, tag: 0)
        try world.barrier()
    } else {
        var values = [Float](repeating: 0, count: world.rank == 1 ? 5 : 0)
        if world.rank == 1 { try world.receive(&values, from: 0, tag: 0) }
        try world.barrier()
    }
}

/// One rank throws while the others wait for it.
func failOnLastRank(_ world: any ProcessGroup) throws {
    if world.rank == world.size - 1 { throw CheckFailure(description: "deliberate failure") }
    try world.barrier()
}

/// The last rank fails first, the others a tenth of a second later, each in its own way.
func failOneAfterTheOther(_ world: any ProcessGroup) throws {
    try world.barrier()
    if world.rank < world.size - 1 { usleep(100_000) }
    throw CheckFailure(description: "failure of rank \(world.rank)")
}

/// The last rank is killed while the others wait for it in an all-reduce.
func dieInMidStep(_ world: any ProcessGroup) throws {
    for step in 0... {
        if step == 20 && world.rank == world.size - 1 { kill(getpid(), SIGKILL) }
        var values = [Float](repeating: Float(step), count: 10_000)
        try world.allReduce(&values, .sum)
    }
}

private let isStopRequested = Atomic<Bool>(false)

/// Works until a rank is asked to stop; then all agree, and take two seconds to save.
func runUntilAsked(_ world: any ProcessGroup) throws {
    for stopSignal in [SIGTERM, SIGINT, SIGUSR1] {
        signal(stopSignal) { _ in
            isStopRequested.store(true, ordering: .relaxed)
            RankReport.acknowledgeStop()
        }
    }
    if world.rank == 0 { print("working") }
    fflush(nil)
    while try !world.anyTrue(isStopRequested.load(ordering: .relaxed)) { usleep(1000) }
    sleep(2)
    try world.barrier()
    if world.rank == 0 { print("saved") }
    fflush(nil)
}
