internal import Collectives
internal import MPICollectives
internal import TensorEngine

/// The ranks that a command runs on.
enum CommandJob {
    /// Runs a command on the ranks that it was started with, once they have found that they were started alike. While
    /// one computes, the others, which may wait for it, hear of it.
    static func run(
        comparing facts: @autoclosure () -> RankFacts = JobFacts.programAndArguments,
        _ body: (any ProcessGroup) throws -> Void
    ) {
        MPIEnvironment.run(comparing: facts) { world in
            guard world.size > 1 else { return try body(world) }
            try OperationObserver.withNote({ world.pulse() }) { try body(world) }
        }
    }
}
