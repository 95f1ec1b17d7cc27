internal import Configuration
internal import SegmentationModels

/// Settings that runs of older versions stored, in the keys of this one.
///
/// What people write is held to the present keys, with an error that names them; what a run left beside its weights and
/// in its checkpoints nobody can be asked to change.
enum StoredSetting {
    /// Keys that have moved, with their values as they were.
    private static let moves = [
        ("model.headWidth", "model.decoder.width"), ("model.headDropout", "model.decoder.dropout"),
        ("model.dropPath", "model.encoder.dropPath"),
    ]

    /// Where a setting differs from one that a run stored, one line a key: `training.steps: '400', now '800'`.
    ///
    /// - Parameter path: of the stored one, for errors.
    static func differences(
        of yaml: String, _ path: String, to setting: RunConfiguration
    ) throws(ConfigurationError) -> [String] {
        // Settings of older versions lack keys, which are no difference.
        let stored = try? ConfigurationFile.decode(yaml: yaml, fileName: path).resolvedYAML()
        let then = translated(try ConfigurationNode.parse(yaml: stored ?? yaml, fileName: path))
        let now = try ConfigurationNode.parse(yaml: setting.resolvedYAML(), fileName: "setting")
        return then.differences(to: now)
    }

    static func translated(_ tree: ConfigurationNode) -> ConfigurationNode {
        moves.reduce(withParts(tree)) { $0.moving($1.0, to: $1.1) }
    }

    /// One name stood for encoder and decoder: `daformer-mit-b5`.
    private static func withParts(_ tree: ConfigurationNode) -> ConfigurationNode {
        let (node, rest) = tree.taking("model.name")
        guard let node, case .scalar(let text, _) = node.value, let name = NetworkName(text) else { return tree }
        func scalar(_ text: String) -> ConfigurationNode {
            ConfigurationNode(.scalar(text, isPlain: true), origin: node.origin)
        }
        return rest.placing(scalar(name.encoder), at: "model.encoder.\(ConfigurationNode.kindKey)")
            .placing(
                scalar(name.isEncoder ? DecoderChoice.daformer.name : name.decoder ?? "none"),
                at: "model.decoder.\(ConfigurationNode.kindKey)")
    }
}
