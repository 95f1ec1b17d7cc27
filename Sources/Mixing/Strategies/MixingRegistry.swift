package import Configuration

/// What a setting says about a strategy: its parameters, and how the strategy is made.
package protocol MixingSetting: ConfigurationSection, Equatable {
    /// What settings call it.
    static var kind: String { get }
    func makeStrategy() -> any MixingStrategy
}

/// The strategies that a setting can name.
enum MixingRegistry {
    /// One line each.
    static let settings: [any MixingSetting.Type] = [
        ClassMix.self,
        NoMixing.self,
    ]
}

/// The choice of a strategy, with its parameters: `{kind: class-mix}`.
public struct MixingConfiguration: Sendable, Equatable {
    private var setting: any MixingSetting

    package init(_ setting: some MixingSetting) { self.setting = setting }

    public static let classMix = MixingConfiguration(ClassMix())
    public static let none = MixingConfiguration(NoMixing())

    /// A strategy that remembers nothing yet.
    public func makeStrategy() -> any MixingStrategy { setting.makeStrategy() }

    public static func == (left: MixingConfiguration, right: MixingConfiguration) -> Bool {
        func isEqual<Setting: MixingSetting>(_ setting: Setting) -> Bool { right.setting as? Setting == setting }
        return isEqual(left.setting)
    }
}

extension MixingConfiguration: ConfigurationVariant {
    package static var kinds: [String] { MixingRegistry.settings.map { $0.kind } }

    package init?(kind: String) {
        guard let type = MixingRegistry.settings.first(where: { $0.kind == kind }) else { return nil }
        setting = type.init()
    }

    package var kind: String { type(of: setting).kind }

    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        var setting = setting
        try setting.visit(&fields)
        self.setting = setting
    }
}
