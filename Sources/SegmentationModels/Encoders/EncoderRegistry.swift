package import Configuration

/// Every encoder that settings and commands can name.
package enum EncoderRegistry: ComponentKind {
    package typealias Config = any EncoderConfig & ConfigurationSection

    /// A line for each: its name, and its published sizes.
    package static let shared = ComponentRegistry<Config>([
        ("mit-b0", MixTransformer.Config.b0),
        ("mit-b1", MixTransformer.Config.b1),
        ("mit-b2", MixTransformer.Config.b2),
        ("mit-b3", MixTransformer.Config.b3),
        ("mit-b4", MixTransformer.Config.b4),
        ("mit-b5", MixTransformer.Config.b5),
        ("swin-t", Swin.Config.tiny),
        ("swin-s", Swin.Config.small),
        ("swin-b", Swin.Config.base),
        ("swin-l", Swin.Config.large),
    ])

    package static func visit(
        _ config: inout Config, _ fields: inout ConfigurationFields
    ) throws(ConfigurationError) { try config.visit(&fields) }

    package static func areEqual(_ first: Config, _ second: Config) -> Bool { first.isEqual(to: second) }
}

/// An encoder by name, with sizes that a setting may change.
package typealias EncoderChoice = ComponentChoice<EncoderRegistry>

extension EncoderChoice {
    /// That of SegFormer's largest network, which DAFormer and its descendants take.
    package static var mitB5: EncoderChoice { EncoderChoice("mit-b5", MixTransformer.Config.b5) }
}
