package import Configuration

/// What a strategy may ask about a run.
public struct MixingFacts: Sendable, Equatable {
    /// In train id order.
    public let classNames: [String]
    /// Train ids of the countable classes that are learnt.
    public let things: [UInt8]
    /// Objects of the source, by train id; nil where no setting asked for them (`MixingSetting.countsObjects`).
    public let objectCounts: [Int]?

    public init(classNames: [String], things: [UInt8], objectCounts: [Int]? = nil) {
        self.classNames = classNames
        self.things = things
        self.objectCounts = objectCounts
    }
}

/// What a setting says about a strategy: its parameters, and how the strategy is made.
package protocol MixingSetting: ConfigurationSection, Equatable {
    /// As of the strategy.
    var needsObjects: Bool { get }
    /// As of the strategy.
    var needsTargetObjects: Bool { get }
    /// Whether it asks for `MixingFacts.objectCounts`, for which all objects of the source are read once.
    var countsObjects: Bool { get }
    /// As it is timed, and as previews show it where there is no teacher.
    var withoutTeacher: Self { get }

    /// A strategy that remembers nothing yet.
    ///
    /// - Parameter keyPath: of the setting, for errors.
    func makeStrategy(_ facts: MixingFacts, keyPath: String) throws(ConfigurationError) -> any MixingStrategy
}

extension MixingSetting {
    package var countsObjects: Bool { false }
    package var withoutTeacher: Self { self }

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
        ("instance-mix", InstanceMix(.targetToSource, minScore: 0.75)),
        ("bidirectional", BidirectionalMix.Config(directions: .both)),
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

    /// As the setting is without a teacher: see `MixingSetting`.
    package var withoutTeacher: MixingConfiguration { MixingConfiguration(name, config.withoutTeacher) }
}
