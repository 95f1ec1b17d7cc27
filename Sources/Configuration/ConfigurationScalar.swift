/// A value written as one YAML scalar.
package protocol ConfigurationScalar: Sendable {
    /// What an error says was expected, such as "a whole number".
    static var expectation: String { get }
    /// Text is written back in quotes; numbers and names of choices are not.
    static var isQuoted: Bool { get }
    /// Whether quoted text is taken.
    static var takesQuotedText: Bool { get }
    /// Whether this value is written back in quotes.
    var isWrittenQuoted: Bool { get }
    /// The names this value may have, for a suggestion; empty when it is not a choice.
    static var names: [String] { get }
    /// nil when the text is not such a value.
    init?(configurationText: String)
    var configurationText: String { get }
}

extension ConfigurationScalar {
    package static var isQuoted: Bool { false }
    package static var names: [String] { [] }
    package static var takesQuotedText: Bool { isQuoted || !names.isEmpty }
    package var isWrittenQuoted: Bool { Self.isQuoted }
}

/// A scalar whose every value will do: a text, a choice, yes or no. Numbers are none, and have `Bounds`.
package protocol ConfigurationWord: ConfigurationScalar {}

extension Int: ConfigurationScalar {
    package static var expectation: String { "a whole number" }
    package init?(configurationText: String) { self.init(configurationText) }
    package var configurationText: String { "\(self)" }
}

/// For seeds, of which all will do.
extension UInt64: ConfigurationWord {
    package static var expectation: String { "a whole number from 0 to 2^64 - 1" }
    package init?(configurationText: String) { self.init(configurationText) }
    package var configurationText: String { "\(self)" }
}

extension Double: ConfigurationScalar {
    package static var expectation: String { "a number" }
    package init?(configurationText: String) {
        guard let value = Double(configurationText), value.isFinite else { return nil }
        self = value
    }
    package var configurationText: String { "\(self)" }
}

/// For numbers that enter the engine: written back with the digits that name the nearest `Float`.
extension Float: ConfigurationScalar {
    package static var expectation: String { Double.expectation }
    package init?(configurationText: String) {
        guard let value = Float(configurationText), value.isFinite else { return nil }
        self = value
    }
    package var configurationText: String { "\(self)" }
}

extension Bool: ConfigurationWord {
    package static var expectation: String { "true or false" }
    package init?(configurationText: String) { self.init(configurationText) }
    package var configurationText: String { "\(self)" }
}

extension String: ConfigurationWord {
    package static var expectation: String { "text" }
    package static var isQuoted: Bool { true }
    package init?(configurationText: String) { self = configurationText }
    package var configurationText: String { self }
}

/// An option without parameters: the raw value is the name in YAML.
package protocol ConfigurationChoice: ConfigurationWord, RawRepresentable, CaseIterable where RawValue == String {}

extension ConfigurationChoice {
    package static var expectation: String { "one of " + names.joined(separator: ", ") }
    package static var names: [String] { allCases.map(\.rawValue) }
    package init?(configurationText: String) { self.init(rawValue: configurationText) }
    package var configurationText: String { rawValue }
}

/// `auto`, or a number given by hand.
public enum AutomaticCount: Sendable, Equatable {
    /// The program decides and reports what it chose.
    case automatic
    case fixed(Int)
}

extension AutomaticCount: ConfigurationScalar {
    package static var expectation: String { "auto or a whole number" }
    package init?(configurationText: String) {
        if configurationText == "auto" {
            self = .automatic
        } else if let count = Int(configurationText) {
            self = .fixed(count)
        } else {
            return nil
        }
    }
    package var configurationText: String {
        switch self {
        case .automatic: "auto"
        case .fixed(let count): "\(count)"
        }
    }
}
