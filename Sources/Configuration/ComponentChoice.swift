/// A kind of component that settings choose by name: encoders, decoders, strategies of mixing.
package protocol ComponentKind {
    /// The sizes of any component of the kind, as a rule an existential.
    associatedtype Config: Sendable

    /// Every component that settings and commands can name.
    static var shared: ComponentRegistry<Config> { get }
    /// Visits the keys of one.
    static func visit(
        _ config: inout Config, _ fields: inout ConfigurationFields
    ) throws(ConfigurationError)
    static func areEqual(_ first: Config, _ second: Config) -> Bool
}

/// A component by name, with sizes that a setting may change: `mit-b5`, or `{kind: mit-b5, dropPath: 0}`.
package struct ComponentChoice<Kind: ComponentKind>: Sendable {
    package let name: String
    package var config: Kind.Config

    /// - Returns: nil when nothing is registered under the name.
    package init?(_ name: String) {
        guard let config = Kind.shared[name] else { return nil }
        (self.name, self.config) = (name, config)
    }

    /// A registered one.
    package init(_ name: String, _ config: Kind.Config) { (self.name, self.config) = (name, config) }
}

extension ComponentChoice: Equatable {
    package static func == (first: ComponentChoice, second: ComponentChoice) -> Bool {
        first.name == second.name && Kind.areEqual(first.config, second.config)
    }
}

extension ComponentChoice: ConfigurationVariant {
    package static var kinds: [String] { Kind.shared.names }
    package init?(kind: String) { self.init(kind) }
    package var kind: String { name }
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try Kind.visit(&config, &fields)
    }
}
