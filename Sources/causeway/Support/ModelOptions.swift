internal import ArgumentParser
internal import Basics
internal import Collectives
internal import DataParallel
internal import FoundationEssentials
internal import TensorEngine
internal import Training

/// How a command reads the trained networks it is given.
struct ModelOptions: ParsableArguments {
    @Option(help: "YAML file of the setting of files of weights; the folders of runs have their own.")
    var config: String?

    @Option(
        name: .customLong("set"),
        help: "Changes one key of every network's setting, such as evaluation.dataset.root=data/other.")
    var changes: [String] = []

    @Option(
        name: .customLong("network"),
        help: """
            Which of a run's networks: 'student', or 'teacher', the average of its weights that labels target images, of \
            the newest checkpoint (default: the student, of files with several networks the first found of student, \
            teacher, frozen copy).
            """)
    var which: TrainedNetwork?

    /// Reads the folder of a run or of a pipeline, a checkpoint, or a file of weights, and says what was loaded. Collective
    /// over `world`.
    ///
    /// - Throws: also `RankDisagreement`, where the ranks have not all read the same setting and weights.
    func load(_ path: String, world: any ProcessGroup) throws -> TrainedModel {
        try JobDevices.open(.cpu, over: world)
        let model = try read(path, world: world)
        world.limitWaiting(seconds: model.configuration.distribution.stallSeconds)
        try world.requireSame(model.facts)
        if world.rank == 0 { StandardError.write(model.origin) }
        return model
    }

    /// Whether a path is that of a file of weights, rather than a folder.
    private static func isWeights(_ path: String) -> Bool {
        var isFolder = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) { return !isFolder }
        return [".safetensors", ".pth", ".pt", ".bin"].contains { path.hasSuffix($0) }
    }

    private func read(_ path: String, world: any ProcessGroup) throws -> TrainedModel {
        // What a folder is decides about collectives.
        try world.requireSame(RankFacts(presenceOf: [PipelineRecord.path(in: path)]))
        if try PipelineRecord.isPresent(in: path) {
            return try TrainedModel(pipelineFolder: path, overrides: changes, network: which, world: world)
        }
        guard Self.isWeights(path) else {
            return try TrainedModel(runFolder: path, overrides: changes, network: which, world: world)
        }
        guard let config else {
            throw CommandError(
                "\(path): weights alone do not say which network they belong to; give its setting, --config")
        }
        return try TrainedModel(weights: path, setting: config, overrides: changes, network: which)
    }
}
