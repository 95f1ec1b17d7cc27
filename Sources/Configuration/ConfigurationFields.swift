/// A part of the configuration: a struct whose property defaults are the configuration's defaults.
///
/// `visit` names every key once; reading, range checks, unknown-key errors and writing back all follow from it.
package protocol ConfigurationSection: Sendable {
    init()
    mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError)
}

/// A choice whose options have parameters of their own, written `{kind: name, parameter: …}` or just `name`.
package protocol ConfigurationVariant: Sendable {
    static var kinds: [String] { get }
    /// The option with its default parameters; nil when `kinds` lacks the name.
    init?(kind: String)
    var kind: String { get }
    /// Visits the parameters of the present option.
    mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError)
}

/// Walks over the keys of one map: takes the values that were given, keeps the defaults of the others, and records
/// the resolved value of every key.
package struct ConfigurationFields {
    let given: ConfigurationNode?
    /// False when a configuration is only written out: required keys may then be empty.
    private let isReading: Bool
    private let path: String
    private var known: [String] = []
    /// Keys of before, which are read and not offered.
    private var former: [String] = []
    var resolved: [ConfigurationNode.Entry] = []

    private init(given: ConfigurationNode?, isReading: Bool, path: String) throws(ConfigurationError) {
        if let given, given.entries == nil {
            throw ConfigurationError(
                .wrongType, keyPath: path, origin: given.origin,
                "expected a map of keys, got \(given.summary)")
        }
        self.given = given
        self.isReading = isReading
        self.path = path
    }

    /// Reads a section from a tree; unknown keys are errors.
    package static func read<Section: ConfigurationSection>(
        _ type: Section.Type, from node: ConfigurationNode
    ) throws(ConfigurationError) -> Section {
        var section = Section()
        var fields = try ConfigurationFields(given: node, isReading: true, path: "")
        try section.visit(&fields)
        _ = try fields.finished()
        return section
    }

    /// Every key of a section with its present value, in declared order.
    package static func resolvedTree(
        of section: some ConfigurationSection
    ) throws(ConfigurationError) -> ConfigurationNode {
        var section = section
        var fields = try ConfigurationFields(given: nil, isReading: false, path: "")
        try section.visit(&fields)
        return try fields.finished()
    }
}

// MARK: - Scalars

extension ConfigurationFields {
    /// A scalar with a default.
    package mutating func field<Value: ConfigurationScalar>(
        _ key: String, _ value: inout Value
    ) throws(ConfigurationError) {
        if let node = take(key) { value = try scalar(Value.self, node, key) }
        record(key, value)
    }

    /// A number with a default and bounds.
    package mutating func field<Value: ConfigurationScalar & Comparable>(
        _ key: String, _ value: inout Value, _ bounds: Bounds<Value>
    ) throws(ConfigurationError) {
        if let node = take(key) { value = try bounded(try scalar(Value.self, node, key), bounds, node, key) }
        record(key, value)
    }

    /// A text without a sensible default: it must be given, and not be empty.
    package mutating func required(_ key: String, _ value: inout String) throws(ConfigurationError) {
        let node = take(key)
        if let node { value = try scalar(String.self, node, key) }
        if isReading && value.isEmpty {
            throw ConfigurationError(
                .missingKey, keyPath: keyPath(key), origin: node?.origin ?? given?.origin, "must be given")
        }
        record(key, value)
    }

    /// A scalar that may be `null`.
    package mutating func optional<Value: ConfigurationScalar>(
        _ key: String, _ value: inout Value?
    ) throws(ConfigurationError) {
        if let node = take(key) { value = node.isNull ? nil : try scalar(Value.self, node, key) }
        recordOptional(key, value)
    }

    /// A bounded number that may be `null`.
    package mutating func optional<Value: ConfigurationScalar & Comparable>(
        _ key: String, _ value: inout Value?, _ bounds: Bounds<Value>
    ) throws(ConfigurationError) {
        if let node = take(key) {
            value = node.isNull ? nil : try bounded(try scalar(Value.self, node, key), bounds, node, key)
        }
        recordOptional(key, value)
    }

    /// The path of a file that must be given. Where it starts: `ConfigurationOrigin.path(_:)`.
    package mutating func requiredFile(_ key: String, _ value: inout String) throws(ConfigurationError) {
        var path = value
        try required(key, &path)
        value = given?[key]?.origin.path(path) ?? path
        resolved[resolved.count - 1].node = Self.node(for: value)
    }

    /// The path of a file that may be `null`. Where it starts: `ConfigurationOrigin.path(_:)`.
    package mutating func optionalFile(_ key: String, _ value: inout String?) throws(ConfigurationError) {
        if let node = take(key) { value = node.isNull ? nil : node.origin.path(try scalar(String.self, node, key)) }
        recordOptional(key, value)
    }

    /// A key that settings had before `now` took its place: the value that was given, which the caller turns into one
    /// of the present key. It is not written back.
    package mutating func former<Value: ConfigurationScalar>(
        _ key: String, _ type: Value.Type, now: String
    ) throws(ConfigurationError) -> Value? {
        precondition(known.contains(now), "ConfigurationFields: '\(now)' comes before its former key '\(key)'")
        former.append(key)
        guard let node = given?[key] else { return nil }
        return try scalar(type, node, key)
    }

    /// A list of scalars; a given list replaces the default one.
    package mutating func list<Value: ConfigurationScalar>(
        _ key: String, _ values: inout [Value]
    ) throws(ConfigurationError) {
        if let node = take(key) {
            guard case .list(let elements) = node.value else {
                throw wrongType("a list", node, key)
            }
            values = []
            for element in elements { values.append(try scalar(Value.self, element, key)) }
        }
        append(key, ConfigurationNode(.list(values.map(Self.node(for:)))))
    }
}

// MARK: - Keys of before

extension ConfigurationFields {
    /// A key that older versions had here.
    ///
    /// - Parameter remedy: where its value belongs now, given what was written.
    /// - Throws: where it is given.
    package func moved(_ key: String, _ remedy: (String) -> String) throws(ConfigurationError) {
        guard let node = given?[key] else { return }
        let text = if case .scalar(let text, _) = node.value { text } else { "…" }
        throw ConfigurationError(
            .unknownKey, keyPath: keyPath(key), origin: node.origin, "there is no such key any more; " + remedy(text))
    }
}

extension ConfigurationFields {
    /// A list of scalars that may be `null`.
    package mutating func optionalList<Value: ConfigurationScalar>(
        _ key: String, _ values: inout [Value]?
    ) throws(ConfigurationError) {
        guard let node = given?[key], !node.isNull else {
            if take(key) != nil { values = nil }
            let written =
                values.map { .list($0.map(Self.node(for:))) } ?? ConfigurationNode.Value.scalar("null", isPlain: true)
            return append(key, ConfigurationNode(written))
        }
        var list = values ?? []
        try self.list(key, &list)
        values = list
    }

    /// A list of numbers with bounds for each and for how many there are; a given list replaces the default one.
    package mutating func list<Value: ConfigurationScalar & Comparable>(
        _ key: String, _ values: inout [Value], _ bounds: Bounds<Value>, count: ClosedRange<Int>
    ) throws(ConfigurationError) {
        let node = given?[key]
        try list(key, &values)
        guard let node else { return }
        guard count.contains(values.count) else {
            let needed = count.count == 1 ? "\(count.lowerBound)" : "from \(count.lowerBound) to \(count.upperBound)"
            throw ConfigurationError(
                .outOfRange, keyPath: keyPath(key), origin: node.origin, "needs \(needed) numbers, got \(values.count)")
        }
        for value in values { _ = try bounded(value, bounds, node, key) }
    }

    /// A list of choices: at least one, none twice.
    package mutating func choices<Value: ConfigurationChoice & Hashable>(
        _ key: String, _ values: inout [Value]
    ) throws(ConfigurationError) {
        let node = given?[key]
        try list(key, &values)
        guard let node, values.isEmpty || Set(values).count < values.count else { return }
        throw ConfigurationError(
            .outOfRange, keyPath: keyPath(key), origin: node.origin,
            values.isEmpty ? "the list is empty; give \(Value.expectation)" : "a name stands twice; give each once")
    }
}

extension ConfigurationFields {
    /// What several keys must fulfil together, told at one of them.
    ///
    /// - Parameter remedy: what is wrong, and what to do.
    package func require(
        _ isTrue: Bool, at key: String, _ remedy: @autoclosure () -> String
    ) throws(ConfigurationError) {
        if isTrue { return }
        throw ConfigurationError(
            .impossibleCombination, keyPath: keyPath(key), origin: given?[key]?.origin ?? given?.origin, remedy())
    }
}

// MARK: - Nested parts

extension ConfigurationFields {
    /// A nested section.
    package mutating func section(
        _ key: String, _ value: inout some ConfigurationSection
    ) throws(ConfigurationError) {
        try visit(key, take(key)) { nested throws(ConfigurationError) in try value.visit(&nested) }
    }

    /// A nested section that `null` switches off.
    package mutating func optionalSection<Section: ConfigurationSection>(
        _ key: String, _ value: inout Section?
    ) throws(ConfigurationError) {
        let node = take(key)
        if let node { value = node.isNull ? nil : (value ?? Section()) }
        guard var section = value else { return append(key, ConfigurationNode(.scalar("null", isPlain: true))) }
        try visit(key, node) { nested throws(ConfigurationError) in try section.visit(&nested) }
        value = section
    }

    /// A part with a form of its own.
    ///
    /// - Parameters:
    ///   - read: makes it of what was given; not called where nothing was.
    ///   - written: how it is written back.
    package mutating func custom<Value>(
        _ key: String, _ value: inout Value,
        read: (ConfigurationNode, _ keyPath: String) throws(ConfigurationError) -> Value,
        written: (Value) -> ConfigurationNode
    ) throws(ConfigurationError) {
        if let node = take(key) { value = try read(node, keyPath(key)) }
        append(key, written(value))
    }

    /// A list of sections; a given list replaces the default one.
    package mutating func sections<Section: ConfigurationSection>(
        _ key: String, _ values: inout [Section]
    ) throws(ConfigurationError) {
        let node = take(key)
        if let node {
            guard case .list(let elements) = node.value else { throw wrongType("a list of maps", node, key) }
            values = []
            for (index, element) in elements.enumerated() {
                var nested = try ConfigurationFields(
                    given: element, isReading: isReading, path: "\(keyPath(key))[\(index)]")
                var section = Section()
                try section.visit(&nested)
                _ = try nested.finished()
                values.append(section)
            }
        }
        var nodes: [ConfigurationNode] = []
        for value in values { nodes.append(try Self.resolvedTree(of: value)) }
        append(key, ConfigurationNode(.list(nodes)))
    }

    /// Visits the keys of a nested map.
    mutating func visit(
        _ key: String, _ node: ConfigurationNode?,
        _ body: (inout ConfigurationFields) throws(ConfigurationError) -> Void
    ) throws(ConfigurationError) {
        var nested = try ConfigurationFields(given: node, isReading: isReading, path: keyPath(key))
        try body(&nested)
        append(key, try nested.finished())
    }
}

// MARK: - Internals

extension ConfigurationFields {
    func keyPath(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    mutating func take(_ key: String) -> ConfigurationNode? {
        known.append(key)
        return given?[key]
    }

    private func scalar<Value: ConfigurationScalar>(
        _ type: Value.Type, _ node: ConfigurationNode, _ key: String
    ) throws(ConfigurationError) -> Value {
        guard case .scalar(let text, let isPlain) = node.value, !node.isNull, isPlain || Value.takesQuotedText,
            let value = Value(configurationText: text)
        else {
            throw wrongType(Value.expectation, node, key, names: Value.names)
        }
        return value
    }

    private func wrongType(
        _ expectation: String, _ node: ConfigurationNode, _ key: String, names: [String] = []
    ) -> ConfigurationError {
        var message = "expected \(expectation), got \(node.summary)"
        if case .scalar(let text, _) = node.value, let nearest = NearestName.find(text, among: names) {
            message += " (did you mean '\(nearest)'?)"
        }
        return ConfigurationError(.wrongType, keyPath: keyPath(key), origin: node.origin, message)
    }

    private func bounded<Value: Comparable & Sendable>(
        _ value: Value, _ bounds: Bounds<Value>, _ node: ConfigurationNode, _ key: String
    ) throws(ConfigurationError) -> Value {
        guard bounds.contains(value) else {
            throw ConfigurationError(
                .outOfRange, keyPath: keyPath(key), origin: node.origin, "must be \(bounds.text), got \(value)")
        }
        return value
    }

    private static func node<Value: ConfigurationScalar>(for value: Value) -> ConfigurationNode {
        ConfigurationNode(.scalar(value.configurationText, isPlain: !value.isWrittenQuoted))
    }

    private mutating func record(_ key: String, _ value: some ConfigurationScalar) {
        append(key, Self.node(for: value))
    }

    private mutating func recordOptional(_ key: String, _ value: (some ConfigurationScalar)?) {
        append(key, value.map { Self.node(for: $0) } ?? ConfigurationNode(.scalar("null", isPlain: true)))
    }

    mutating func append(_ key: String, _ node: ConfigurationNode) {
        resolved.append(ConfigurationNode.Entry(key: key, node: node))
    }

    /// Refuses keys that nothing asked for.
    private func finished() throws(ConfigurationError) -> ConfigurationNode {
        for entry in given?.entries ?? [] where !known.contains(entry.key) && !former.contains(entry.key) {
            let remedy: String
            if let nearest = NearestName.find(entry.key, among: known) {
                remedy = "did you mean '\(keyPath(nearest))'?"
            } else {
                let keys = known.joined(separator: ", ")
                remedy = known.isEmpty ? "nothing can be set here" : "valid keys here: \(keys)"
            }
            throw ConfigurationError(
                .unknownKey, keyPath: keyPath(entry.key), origin: entry.node.origin, "unknown key; \(remedy)")
        }
        return ConfigurationNode(.map(resolved))
    }
}
