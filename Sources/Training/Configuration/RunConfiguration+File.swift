public import Configuration

extension ConfigurationFile {
    /// The validated configuration of `path` with `overrides` (`key.path=value`) applied in order.
    ///
    /// - Parameter variable: looks up the environment variables that data folders name.
    public static func load(
        _ path: String, overrides: [String] = [], variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) -> RunConfiguration {
        try decode(try tree(path, overrides: overrides), variable: variable)
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

    private static func decode(
        _ tree: ConfigurationNode, variable: (String) -> String?
    ) throws(ConfigurationError) -> RunConfiguration {
        let configuration = try ConfigurationFields.read(RunConfiguration.self, from: tree)
        do {
            try configuration.validate(variable: variable)
        } catch {
            var error = error
            error.origin = error.origin ?? tree.origin(of: error.keyPath)
            throw error
        }
        return configuration
    }
}
