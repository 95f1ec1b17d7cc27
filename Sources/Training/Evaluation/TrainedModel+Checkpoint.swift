internal import Collectives
public import DataParallel
internal import FoundationEssentials
internal import NN
internal import TensorEngine

extension TrainedModel {
    /// Takes the student's weights and running statistics of a checkpoint, in the setting that was stored with it.
    ///
    /// - Throws: `ConfigurationError`, `CheckpointError`, and `WeightsError` for the pretrained weights that the setting
    ///   names, which say how layer norms are computed.
    public init(_ checkpoint: Checkpoint, overrides: [String] = []) throws {
        guard let yaml = checkpoint.state["configuration"] else {
            throw CheckpointError(
                .unfit, path: checkpoint.path, "has no 'configuration'; it was not saved by a training run, use another one")
        }
        let configuration = try ConfigurationFile.decode(
            yaml: yaml, fileName: "\(checkpoint.path)/index.json", overrides: overrides)
        let network = try configuration.model.makeNetwork(seed: nil, loadsWeights: true)
        network.freeze()
        try checkpoint.load("student.values", into: ParameterSet(network).values)
        let buffers = network.flatBuffers()
        try checkpoint.load("student.0.buffers", into: buffers)
        network.assignBuffers(buffers)
        self.init(
            configuration: configuration, network: network,
            origin: "weights of \(checkpoint.path): loaded the student after step \(checkpoint.step)\n")
    }

    /// A checkpoint itself, or the newest whole one of a run's folder. Collective over `world`.
    static func newestCheckpoint(_ path: String, _ world: any ProcessGroup) throws -> Checkpoint {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CheckpointError(.io, path: path, "there is no such folder; give that of a training run")
        }
        if FileManager.default.fileExists(atPath: "\(path)/index.json") { return try Checkpoint(path) }
        let (found, skipped) = try CheckpointFolder("\(path)/checkpoints").newestWhole(group: world)
        if world.rank == 0 { for line in skipped { StandardError.write("warning: \(line)\n") } }
        guard let found else {
            throw CheckpointError(
                .unfit, path: path, "holds neither \(weightsName) nor a whole checkpoint; give the folder of a training run")
        }
        return found
    }
}
