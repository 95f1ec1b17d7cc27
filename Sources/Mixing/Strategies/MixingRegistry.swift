package import Configuration

/// What a setting says about a strategy: its parameters, and how the strategy is made.
package protocol MixingSetting: ConfigurationSection, Equatable {
    func makeStrategy() -> any MixingStrategy
}

extension MixingSetting {
    /// Equality behind an existential.
    fileprivate func isEqual(to other: any MixingSetting) -> Bool { (other as? Self) == self }
}

/// The strategies that a setting can name.
package enum MixingRegistry: ComponentKind {
    package typealias Config = any MixingSetting

    /// A line for each.
    package static let shared = ComponentRegistry<Config>([
        ("class-mix", ClassMix()),
        ("none", NoMixing()),
    ])

    package static func visit(
        _ config: inout Config, _ fields: inout ConfigurationFields
    ) throws(ConfigurationError) { try config.visit(&fields) }

    package static func areEqual(_ first: Config, _ second: Config) -> Bool { first.isEqual(to: second) }
}

/// The choice of a strategy, with its parameters: `{kind: class-mix}`.
package typealias MixingConfiguration = ComponentChoice<MixingRegistry>

extension MixingConfiguration {
    package static var classMix: MixingConfiguration { MixingConfiguration("class-mix", ClassMix()) }
    package static var none: MixingConfiguration { MixingConfiguration("none", NoMixing()) }

    /// A strategy that remembers nothing yet.
    package func makeStrategy() -> any MixingStrategy { config.makeStrategy() }
}
