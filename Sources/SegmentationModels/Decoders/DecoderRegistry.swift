package import Configuration

/// Every decoder that settings and commands can name.
package enum DecoderRegistry {
    package typealias Config = any DecoderConfig & ConfigurationSection

    /// A line for each: its name, and its published sizes.
    package static let shared = ComponentRegistry<Config>([
        ("daformer", DAFormerHead.Config()),
        ("segformer", SegFormerHead.Config()),
    ])
}

/// A decoder by name, with sizes that a setting may change: `daformer`, or `{kind: daformer, width: 64}`.
public struct DecoderChoice: Sendable, Equatable {
    public let name: String
    package var config: DecoderRegistry.Config

    /// - Returns: nil when nothing is registered under the name.
    public init?(_ name: String) {
        guard let config = DecoderRegistry.shared[name] else { return nil }
        (self.name, self.config) = (name, config)
    }

    private init(_ name: String, _ config: DecoderRegistry.Config) { (self.name, self.config) = (name, config) }

    /// DAFormer's, with its published sizes.
    public static let daformer = DecoderChoice("daformer", DAFormerHead.Config())

    public static func == (first: DecoderChoice, second: DecoderChoice) -> Bool {
        first.name == second.name && first.config.isEqual(to: second.config)
    }
}

extension DecoderChoice: ConfigurationVariant {
    package static var kinds: [String] { DecoderRegistry.shared.names }
    package init?(kind: String) { self.init(kind) }
    package var kind: String { name }
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try config.visit(&fields)
    }
}
