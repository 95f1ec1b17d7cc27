internal import Collectives
internal import Evaluation
internal import Machine
internal import TensorEngine
internal import Training

/// The images that a command works through with all ranks of a job: each rank its share, with a line that tells how far
/// they are.
struct ImageWork {
    /// What the images are called in that line.
    let title: String
    let count: Int
    let world: any ProcessGroup

    /// Sets the rank's threads, and calls `body` with every index of its share, ascending. Collective: ends when all
    /// ranks have.
    func run(on share: CoreShare, _ engine: EngineConfiguration, _ body: (_ index: Int) throws -> Void) throws {
        Engine.setThreadCount(engine.threadCount(share))
        let progress = CountProgress(title, total: count)
        for index in ImageShare(rank: world.rank, count: world.size).indices(of: count) {
            try body(index)
            if world.rank == 0 { progress.show(index + 1) }
        }
        try world.barrier()
    }
}
