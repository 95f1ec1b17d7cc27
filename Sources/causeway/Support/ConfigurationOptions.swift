internal import Configuration
internal import ArgumentParser
internal import Training

/// Which setting a command works with.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "YAML file of the setting, such as configs/toytown/adapted.yaml.")
    var config: String

    @Option(
        name: .customLong("set"),
        help: "Changes one key: key.path=value, value as in YAML. May be given several times; the last one wins.")
    var changes: [String] = []

    /// Images are read as the setting says from now on.
    func load() throws(ConfigurationError) -> RunConfiguration {
        let configuration = try ConfigurationFile.load(config, overrides: changes)
        configuration.data.prepareReading()
        return configuration
    }
}
