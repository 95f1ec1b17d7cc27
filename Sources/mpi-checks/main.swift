import Collectives
import Glibc
import MPICollectives

// Programs for ParallelTests, run as `mpirun -n N mpi-checks <name>`: each checks one claim on every rank against
// arithmetic in rank and size. Exit status 0 and the line "ok <name>" from rank 0 mean that it holds.

guard CommandLine.arguments.count >= 2, let check = Check(rawValue: CommandLine.arguments[1]) else {
    print("usage: mpi-checks <\(Check.allCases.map(\.rawValue).joined(separator: " | "))> [argument]")
    exit(2)
}
let argument = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : nil
let pieces = check == .pieces ? PieceLimits(collectiveCount: 1000, messageBytes: 777) : .standard
MPIEnvironment.run(pieces: pieces) { world in
    try check.run(on: world, argument)
    try world.barrier()
    if world.rank == 0 { print("ok \(check.rawValue)") }
}
