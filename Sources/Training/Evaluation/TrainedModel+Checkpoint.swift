internal import Basics
internal import Configuration
internal import Collectives
public import DataParallel
internal import NN
internal import TensorEngine

extension TrainedModel {
    /// Takes the student's weights and running statistics of a checkpoint, in the setting that was stored with it.
    ///
    /// - Throws: `ConfigurationError`, `CheckpointError`, and `WeightsError` for the pretrained weights that the
    ///   setting names, which say how layer norms are computed.
    public init(_ checkpoint: Checkpoint, overrides: [String] = []) throws {
        let state = try RunState(checkpoint)
        let configuration = try ConfigurationFile.decode(
            yaml: state.configuration, fileName: "\(checkpoint.path)/index.json", overrides: overrides)
        try TrainedClasses(checkpoint)?.require(configuration.labelSpace.space)
        let network = try configuration.makeNetwork(seed: nil, loadsWeights: true)
        network.freeze()
        try checkpoint.load("student.values", into: ParameterSet(network).values)
        let buffers = network.flatBuffers()
        try checkpoint.load(RunState.buffersKey(ofStudent: 0), into: buffers)
        network.assignBuffers(buffers)
        self.init(
            configuration: configuration, network: network,
            origin: "weights of \(checkpoint.path): loaded the student after step \(checkpoint.step)\n")
    }

    /// A checkpoint itself, or the newest one of a run's folder, verified. Says which it is. Collective over `world`.
    ///
    /// - Throws: also where the newest one is damaged and an older one whole: scores of another step than the newest
    ///   are not what was asked for, unless the older one is named.
    static func newestCheckpoint(_ path: String, _ world: any ProcessGroup) throws -> Checkpoint {
        try world.requireSame(RankFacts(presenceOf: [path, "\(path)/index.json"]))
        guard try CheckpointFiles.isPresent(path) else {
            throw CheckpointError(.io, path: path, "there is no such folder; give that of a training run")
        }
        let found: Checkpoint
        if try CheckpointFiles.isPresent("\(path)/index.json") {
            found = try Checkpoint.verified(path, group: world)
        } else {
            found = try newestCheckpoint(ofRun: path, world)
        }
        if world.rank == 0 {
            StandardError.write("note: \(found.path): the checkpoint of step \(found.step) is used\n")
            if let notice = found.notice { StandardError.write("warning: \(notice)\n") }
        }
        return found
    }

    private static func newestCheckpoint(ofRun path: String, _ world: any ProcessGroup) throws -> Checkpoint {
        let (found, skipped) = try CheckpointFolder("\(path)/checkpoints").newestWhole(group: world) {
            (checkpoint) throws(CheckpointError) in _ = try RunState(checkpoint)
        }
        guard let found else {
            throw CheckpointError(
                .unfit, path: path,
                "holds neither \(weightsName) nor a whole checkpoint; give the folder of a training run")
        }
        guard skipped.isEmpty else {
            throw CheckpointError(
                .damaged, path: path, "its newest checkpoint is damaged; the newest whole one is that of step "
                    + "\(found.step): give \(found.path) to use it.\n    " + skipped.joined(separator: "\n    "))
        }
        return found
    }
}
