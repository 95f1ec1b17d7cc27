/// A JSON document; keys keep their order.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// JSON has no infinities: a number that is not finite is written as `null`.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(KeyValuePairs)

    /// The members of an object, in the order written.
    public struct KeyValuePairs: Sendable, Equatable {
        public var members: [Member]

        public struct Member: Sendable, Equatable {
            public let key: String
            public let value: JSONValue
        }
    }

    /// The value of a number; nil for anything else.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// A whole number, also one written as `3.0`; nil for anything else.
    package var int: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The elements of an array; nil for anything else.
    package var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object; nil for anything else.
    package var members: [KeyValuePairs.Member]? {
        if case .object(let pairs) = self { pairs.members } else { nil }
    }

    /// The member of an object; the last of several of one name, as other readers take it.
    package subscript(_ key: String) -> JSONValue? { members?.last { $0.key == key }?.value }

    /// The document on one line.
    public var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): value.isFinite ? "\(value)" : "null"
        case .string(let value): JSONText.quoted(value)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let pairs):
            "{" + pairs.members.map { JSONText.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }

    /// An object with these members, in this order.
    public static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(KeyValuePairs(members: members.map { KeyValuePairs.Member(key: $0.0, value: $0.1) }))
    }
}
