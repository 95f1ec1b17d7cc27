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
        let progress = world.progress(title, of: count)
        let images = ImageShare(rank: world.rank, count: world.size)
        for index in images.indices(of: count) {
            try body(index)
            progress(images.done(after: index, of: count))
        }
        try world.barrier()
    }
}
