internal import Basics
internal import Collectives
internal import Configuration
public import DataParallel
internal import NN
internal import TensorEngine

extension TrainedModel {
    /// Takes weights and running statistics of a checkpoint, in the setting that was stored with it. A teacher has no
    /// running statistics of its own: those are the student's.
    ///
    /// - Parameter wanted: nil for the student.
    /// - Throws: `ConfigurationError`, `CheckpointError`, and `WeightsError` for the pretrained weights that the
    ///   setting names, which say how layer norms are computed.
    public init(_ checkpoint: Checkpoint, overrides: [String] = [], network wanted: TrainedNetwork? = nil) throws {
        let state = try RunState(checkpoint)
        let configuration = try ConfigurationFile.decode(
            yaml: state.configuration, fileName: "\(checkpoint.path)/index.json", overrides: overrides)
        try TrainedClasses(checkpoint)?.require(configuration.labelSpace.space)
        let network = try configuration.makeNetwork(seed: nil, loadsWeights: true)
        network.freeze()
        let taken = wanted ?? .student
        let key = try taken.weightsKey(in: checkpoint, method: configuration.method)
        try checkpoint.load(key, into: ParameterSet(network).values)
        let buffers = network.flatBuffers()
        try checkpoint.load(RunState.buffersKey(ofStudent: 0), into: buffers)
        network.assignBuffers(buffers)
        let hasStatistics = buffers.count > 0
        let statistics =
            taken == .teacher && hasStatistics ? ", with the student's statistics of batch normalisation" : ""
        let choice = BestChoice(checkpoint.state).map { "    \($0.explanation)\n" } ?? ""
        self.init(
            configuration: configuration, networks: [network], kind: taken,
            origin: "weights of \(checkpoint.path): loaded the \(taken.rawValue) after step \(checkpoint.step)"
                + "\(statistics)\n\(choice)")
    }

    /// A checkpoint itself, or the newest one of a run's folder, verified. Says which it is. Collective over `world`.
    ///
    /// - Throws: also where the newest one is damaged and an older one whole: scores of another step than the newest
    ///   are not what was asked for, unless the older one is named.
    static func newestCheckpoint(
        _ path: String, _ wanted: TrainedNetwork? = nil, _ world: any ProcessGroup
    ) throws -> Checkpoint {
        try world.requireSame(RankFacts(presenceOf: [path, "\(path)/index.json"]))
        guard try CheckpointFiles.isPresent(path) else {
            throw CheckpointError(.io, path: path, "there is no such folder; give that of a training run")
        }
        let found: Checkpoint
        if try CheckpointFiles.isPresent("\(path)/index.json") {
            found = try Checkpoint.verified(path, group: world)
        } else {
            found = try newestCheckpoint(ofRun: path, wanted, world)
        }
        if world.rank == 0 {
            StandardError.write("note: \(found.path): the checkpoint of step \(found.step) is used\n")
            if let notice = found.notice { StandardError.write("warning: \(notice)\n") }
        }
        return found
    }

    private static func newestCheckpoint(
        ofRun path: String, _ wanted: TrainedNetwork?, _ world: any ProcessGroup
    ) throws -> Checkpoint {
        // A folder of checkpoints may be given as well, such as that of the best.
        var holdsCheckpoints = [try world.rank == 0 && !CheckpointFolder(path).steps().isEmpty ? 1 : 0]
        try world.broadcast(&holdsCheckpoints, from: 0)
        let folder = CheckpointFolder(holdsCheckpoints[0] == 1 ? path : "\(path)/checkpoints")
        let (found, skipped) = try folder.newestWhole(group: world) {
            (checkpoint) throws(CheckpointError) in _ = try RunState(checkpoint)
        }
        guard let found else {
            throw CheckpointError(
                .unfit, path: path,
                wanted == .teacher
                    ? "holds no whole checkpoint, and teachers are in checkpoints alone; use --network student, or give one"
                    : "holds neither \(weightsName) nor a whole checkpoint; give the folder of a training run")
        }
        guard skipped.isEmpty else {
            throw CheckpointError(
                .damaged, path: path,
                "its newest checkpoint is damaged; the newest whole one is that of step "
                    + "\(found.step): give \(found.path) to use it.\n    " + skipped.joined(separator: "\n    "))
        }
        return found
    }
}
