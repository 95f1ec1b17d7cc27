package import Configuration

/// Every decoder that settings and commands can name.
package enum DecoderRegistry: ComponentKind {
    package typealias Config = any DecoderConfig & ConfigurationSection

    /// A line for each: its name, and its published sizes.
    package static let shared = ComponentRegistry<Config>([
        ("daformer", DAFormerHead.Config()),
        ("segformer", SegFormerHead.Config()),
    ])

    package static func visit(
        _ config: inout Config, _ fields: inout ConfigurationFields
    ) throws(ConfigurationError) { try config.visit(&fields) }

    package static func areEqual(_ first: Config, _ second: Config) -> Bool { first.isEqual(to: second) }
}

/// A decoder by name, with sizes that a setting may change: `daformer`, or `{kind: daformer, width: 64}`.
package typealias DecoderChoice = ComponentChoice<DecoderRegistry>

extension DecoderChoice {
    /// DAFormer's, with its published sizes.
    package static var daformer: DecoderChoice { DecoderChoice("daformer", DAFormerHead.Config()) }
}
