public import Configuration
internal import Datasets

extension ConfigurationFile {
    /// The validated configuration of `path` with `overrides` (`key.path=value`) applied in order.
    ///
    /// - Parameter variable: looks up the environment variables that data folders name.
    public static func load(
        _ path: String, overrides: [String] = [], variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) -> RunConfiguration {
        let tree = try tree(path, overrides: overrides)
        if let groups = tree["groups"], tree.isPipeline {
            throw ConfigurationError(
                .unknownKey, keyPath: "groups", origin: groups.origin,
                "is of a pipeline, whose file is no setting of one training; `causeway pipeline` runs it, `doctor` and "
                    + "`check-data` examine it")
        }
        return try decode(tree, variable: variable)
    }

    /// As `load`, of a file that a run left, perhaps one of an older version.
    package static func load(
        stored path: String, overrides: [String] = [], variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) -> RunConfiguration {
        var tree = StoredSetting.translated(try tree(path, overrides: []))
        for text in overrides { tree = try override(text).merged(over: tree) }
        return try decode(tree, variable: variable)
    }

    /// The validated configuration of YAML text that a run stored with a checkpoint, perhaps one of an older version,
    /// with `overrides` applied in order.
    public static func decode(
        yaml: String, fileName: String, overrides: [String] = [],
        variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) -> RunConfiguration {
        var tree = StoredSetting.translated(try ConfigurationNode.parse(yaml: yaml, fileName: fileName))
        for text in overrides { tree = try override(text).merged(over: tree) }
        return try decode(tree, variable: variable)
    }

    /// The validated configuration of a tree.
    ///
    /// - Throws: one error with all that is wrong.
    package static func decode(
        _ tree: ConfigurationNode, variable: (String) -> String?
    ) throws(ConfigurationError) -> RunConfiguration {
        let faults = ConfigurationFaults()
        var configuration = ConfigurationFields.read(RunConfiguration.self, from: tree, reporting: faults)
        do {
            try configuration.labelSpace.load(keyPath: "labelSpace")
        } catch {
            // Whoever asks for the classes needs some.
            faults.add(error)
            try faults.throwIfAny()
        }
        let combinations = ConfigurationFaults()
        combinations.collect { () throws(ConfigurationError) in try configuration.followLabelSpace(tree) }
        configuration.validate(variable: variable, reporting: combinations)
        faults.add(combinations: combinations, in: tree)
        try faults.throwIfAny()
        return configuration
    }
}

extension RunConfiguration {
    /// The network has an output for every class of the label space; a number that is given is held against it.
    fileprivate mutating func followLabelSpace(_ tree: ConfigurationNode) throws(ConfigurationError) {
        let space = labelSpace.space
        defer { model.classes = space.classCount }
        if evaluation.labelSpace == labelSpace { evaluation.labelSpace = nil }
        if let given = tree["model"]?["classes"], !given.isNull, model.classes != space.classCount {
            throw ConfigurationError(
                .impossibleCombination, keyPath: "model.classes", origin: given.origin,
                "\(model.classes) classes are not the \(space.classCount) of the label space \(space.name); remove the "
                    + "key, which follows labelSpace")
        }
    }
}
