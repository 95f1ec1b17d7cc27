public import Configuration

/// The trainings of a pipeline's file, for commands that look at settings before anything is run.
public struct PipelineTrainings: Sendable {
    /// One of them. Those of several groups differ in `data.group` alone, and the first stands for all.
    public struct Training: Sendable {
        /// Of its stage: `source`, `adapted` or `final`.
        public let name: String
        public let setting: RunConfiguration
        /// Keys of what stages before it make, which need not be there yet.
        public let madeKeys: Set<String>
        /// Groups of ranks that run it at the same time, each for a group of classes.
        public let parts: Int
    }

    /// In the order in which they are run.
    public let all: [Training]

    /// - Parameters:
    ///   - file: of the pipeline.
    ///   - changes: `key.path=value` of the pipeline, or after the name of a stage and a dot, or `stages.`, of a
    ///     setting.
    ///   - variable: looks up the environment variables that data folders name.
    public init(
        file: String, changes: [String], variable: @escaping (String) -> String? = Environment.variable
    ) throws(ConfigurationError) {
        let stages = try PipelineStages(file: file, changes: changes, out: "OUT", variable: variable)
        let parts = stages.configuration.jobs == .sideBySide ? stages.groups.count : 1
        var all: [Training] = []
        for stage in stages.all where stage != .fusion && stage.group ?? 0 == 0 {
            let made: Set<String> =
                switch stage {
                case .adapted: ["model.weights"]
                case .final: ["data.source"]
                case .source, .fusion: []
                }
            all.append(
                Training(
                    name: stages.name(of: stage), setting: try stages.setting(of: stage), madeKeys: made,
                    parts: stage == .final ? 1 : parts))
        }
        self.all = all
    }

    /// Whether a file is that of a pipeline, and not the setting of a training.
    public static func areIn(_ file: String) throws(ConfigurationError) -> Bool {
        try ConfigurationFile.tree(file, overrides: []).isPipeline
    }
}

extension ConfigurationNode {
    /// By the key that only a pipeline has, and needs.
    var isPipeline: Bool { self["groups"] != nil }
}
