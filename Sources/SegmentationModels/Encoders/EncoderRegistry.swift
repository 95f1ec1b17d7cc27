package import Configuration

/// Every encoder that settings and commands can name.
package enum EncoderRegistry {
    package typealias Config = any EncoderConfig & ConfigurationSection

    /// A line for each: its name, and its published sizes.
    package static let shared = ComponentRegistry<Config>([
        ("mit-b0", MixTransformer.Config.b0),
        ("mit-b1", MixTransformer.Config.b1),
        ("mit-b2", MixTransformer.Config.b2),
        ("mit-b3", MixTransformer.Config.b3),
        ("mit-b4", MixTransformer.Config.b4),
        ("mit-b5", MixTransformer.Config.b5),
    ])
}

/// An encoder by name, with sizes that a setting may change: `mit-b5`, or `{kind: mit-b5, dropPath: 0}`.
public struct EncoderChoice: Sendable, Equatable {
    public let name: String
    package var config: EncoderRegistry.Config

    /// - Returns: nil when nothing is registered under the name.
    public init?(_ name: String) {
        guard let config = EncoderRegistry.shared[name] else { return nil }
        (self.name, self.config) = (name, config)
    }

    private init(_ name: String, _ config: EncoderRegistry.Config) { (self.name, self.config) = (name, config) }

    /// That of SegFormer's largest network, which DAFormer and its descendants take.
    public static let mitB5 = EncoderChoice("mit-b5", MixTransformer.Config.b5)

    public static func == (first: EncoderChoice, second: EncoderChoice) -> Bool {
        first.name == second.name && first.config.isEqual(to: second.config)
    }
}

extension EncoderChoice: ConfigurationVariant {
    package static var kinds: [String] { EncoderRegistry.shared.names }
    package init?(kind: String) { self.init(kind) }
    package var kind: String { name }
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try config.visit(&fields)
    }
}
