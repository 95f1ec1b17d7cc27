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
///
/// A value that is wrong is reported and keeps its default, so that all faults of a setting are found in one reading.
package struct ConfigurationFields {
    let given: ConfigurationNode?
    /// False when a configuration is only written out: required keys may then be empty.
    let isReading: Bool
    let path: String
    let faults: ConfigurationFaults
    /// Where the map stands that this one would stand in, for what is missing.
    private let outer: ConfigurationOrigin?
    /// How much was wrong before this map.
    private let faultsBefore: Int
    private(set) var known: [String] = []
    /// Keys of before, which are read and not offered.
    private var former: [String] = []
    /// Of a choice that was not understood nothing is known.
    var takesUnknownKeys = false
    var resolved: [ConfigurationNode.Entry] = []

    /// - Parameter given: a map; nil where nothing is given.
    init(
        given: ConfigurationNode?, isReading: Bool, path: String, faults: ConfigurationFaults,
        outer: ConfigurationOrigin? = nil
    ) {
        self.given = given
        self.isReading = isReading
        self.path = path
        self.faults = faults
        self.outer = outer
        faultsBefore = faults.count
    }

    /// Reads a section from a tree.
    ///
    /// - Throws: one error with all that is wrong; unknown keys are errors.
    package static func read<Section: ConfigurationSection>(
        _ type: Section.Type, from node: ConfigurationNode
    ) throws(ConfigurationError) -> Section {
        let faults = ConfigurationFaults()
        let section = read(type, from: node, reporting: faults)
        try faults.throwIfAny()
        return section
    }

    /// As `read`; what is wrong is added to `faults`, and has its default in the result.
    package static func read<Section: ConfigurationSection>(
        _ type: Section.Type, from node: ConfigurationNode, reporting faults: ConfigurationFaults
    ) -> Section {
        var section = Section()
        guard node.entries != nil else {
            faults.add(
                ConfigurationError(.wrongType, origin: node.origin, "expected a map of keys, got \(node.summary)"))
            return section
        }
        var fields = ConfigurationFields(given: node, isReading: true, path: "", faults: faults, outer: node.origin)
        faults.collect { () throws(ConfigurationError) in try section.visit(&fields) }
        _ = fields.finished()
        return section
    }

    /// Every key of a section with its present value, in declared order.
    package static func resolvedTree(
        of section: some ConfigurationSection
    ) throws(ConfigurationError) -> ConfigurationNode {
        var section = section
        let faults = ConfigurationFaults()
        var fields = ConfigurationFields(given: nil, isReading: false, path: "", faults: faults)
        try section.visit(&fields)
        let tree = fields.finished()
        try faults.throwIfAny()
        return tree
    }
}

// MARK: - Scalars

extension ConfigurationFields {
    /// A scalar with a default.
    package mutating func field<Value: ConfigurationWord>(
        _ key: String, _ value: inout Value
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do { value = try scalar(Value.self, node, key) } catch { faults.add(error) }
        }
        record(key, value)
    }

    /// A number with a default and bounds.
    package mutating func field<Value: ConfigurationScalar & Comparable>(
        _ key: String, _ value: inout Value, _ bounds: Bounds<Value>
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do { value = try bounded(try scalar(Value.self, node, key), bounds, node, key) } catch { faults.add(error) }
        }
        record(key, value)
    }

    /// A number, or `auto`, with bounds for the number.
    package mutating func field(
        _ key: String, _ value: inout AutomaticCount, _ bounds: ClosedRange<Int>
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do throws(ConfigurationError) {
                let read = try scalar(AutomaticCount.self, node, key)
                if case .fixed(let count) = read { _ = try bounded(count, .closed(bounds), node, key) }
                value = read
            } catch { faults.add(error) }
        }
        record(key, value)
    }

    /// A text without a sensible default: it must be given, and not be empty.
    package mutating func required(_ key: String, _ value: inout String) throws(ConfigurationError) {
        let node = take(key)
        let before = faults.count
        if let node {
            do { value = try scalar(String.self, node, key) } catch { faults.add(error) }
        }
        if isReading && value.isEmpty && faults.count == before {
            faults.add(ConfigurationError(.missingKey, keyPath: keyPath(key), origin: origin(key), "must be given"))
        }
        record(key, value)
    }

    /// A scalar that may be `null`.
    package mutating func optional<Value: ConfigurationWord>(
        _ key: String, _ value: inout Value?
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do { value = node.isNull ? nil : try scalar(Value.self, node, key) } catch { faults.add(error) }
        }
        recordOptional(key, value)
    }

    /// A bounded number that may be `null`.
    package mutating func optional<Value: ConfigurationScalar & Comparable>(
        _ key: String, _ value: inout Value?, _ bounds: Bounds<Value>
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do {
                value = node.isNull ? nil : try bounded(try scalar(Value.self, node, key), bounds, node, key)
            } catch { faults.add(error) }
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
        if let node = take(key) {
            do {
                value = node.isNull ? nil : node.origin.path(try scalar(String.self, node, key))
            } catch { faults.add(error) }
        }
        recordOptional(key, value)
    }

    /// A key that settings had before `now` took its place: the value that was given, which the caller turns into one
    /// of the present key. It is not written back.
    package mutating func former<Value: ConfigurationWord>(
        _ key: String, _ type: Value.Type, now: String
    ) throws(ConfigurationError) -> Value? {
        precondition(known.contains(now), "ConfigurationFields: '\(now)' comes before its former key '\(key)'")
        former.append(key)
        guard let node = given?[key] else { return nil }
        do { return try scalar(type, node, key) } catch { faults.add(error) }
        return nil
    }
}

extension ConfigurationFields {
    /// A key that older versions had here.
    ///
    /// - Parameter remedy: where its value belongs now, given what was written.
    package mutating func moved(_ key: String, _ remedy: (String) -> String) throws(ConfigurationError) {
        guard let node = given?[key] else { return }
        former.append(key)
        let text = if case .scalar(let text, _) = node.value { Excerpt.of(text) } else { "…" }
        faults.add(
            ConfigurationError(
                .unknownKey, keyPath: keyPath(key), origin: node.origin,
                "there is no such key any more; " + remedy(text)))
    }

    /// What several keys must fulfil together, told at one of them; not asked where one of them is wrong alone.
    ///
    /// - Parameter remedy: what is wrong, and what to do.
    package func require(
        _ isTrue: Bool, at key: String, _ remedy: @autoclosure () -> String
    ) throws(ConfigurationError) {
        if isTrue || faults.count > faultsBefore { return }
        faults.add(
            ConfigurationError(.impossibleCombination, keyPath: keyPath(key), origin: origin(key), remedy()))
    }
}

// MARK: - Nested parts

extension ConfigurationFields {
    /// A nested section.
    package mutating func section(
        _ key: String, _ value: inout some ConfigurationSection
    ) throws(ConfigurationError) {
        visit(key, take(key)) { nested throws(ConfigurationError) in try value.visit(&nested) }
    }

    /// A nested section that `null` switches off.
    package mutating func optionalSection<Section: ConfigurationSection>(
        _ key: String, _ value: inout Section?
    ) throws(ConfigurationError) {
        let node = take(key)
        if let node { value = node.isNull ? nil : (value ?? Section()) }
        guard var section = value else { return append(key, ConfigurationNode(.scalar("null", isPlain: true))) }
        visit(key, node) { nested throws(ConfigurationError) in try section.visit(&nested) }
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
        if let node = take(key) {
            do { value = try read(node, keyPath(key)) } catch { faults.add(error) }
        }
        append(key, written(value))
    }

    /// A list of sections; a given list replaces the default one.
    package mutating func sections<Section: ConfigurationSection>(
        _ key: String, _ values: inout [Section]
    ) throws(ConfigurationError) {
        if let node = take(key) {
            if case .list(let elements) = node.value {
                values = []
                for (index, element) in elements.enumerated() {
                    var section = Section()
                    _ = nested("\(key)[\(index)]", element) { nested throws(ConfigurationError) in
                        try section.visit(&nested)
                    }
                    values.append(section)
                }
            } else {
                faults.add(wrongType("a list of maps", node, key))
            }
        }
        var nodes: [ConfigurationNode] = []
        for value in values { nodes.append(try Self.resolvedTree(of: value)) }
        append(key, ConfigurationNode(.list(nodes)))
    }

    /// Visits the keys of a nested map.
    ///
    /// - Parameter form: what else than a map may be given, for messages.
    mutating func visit(
        _ key: String, _ node: ConfigurationNode?, form: String? = nil,
        _ body: (inout ConfigurationFields) throws(ConfigurationError) -> Void
    ) {
        append(key, nested(key, node, form: form, body))
    }

    private func nested(
        _ key: String, _ node: ConfigurationNode?, form: String? = nil,
        _ body: (inout ConfigurationFields) throws(ConfigurationError) -> Void
    ) -> ConfigurationNode {
        let map = node?.entries == nil ? nil : node
        var nested = ConfigurationFields(
            given: map, isReading: isReading && (node == nil || map != nil), path: keyPath(key), faults: faults,
            outer: node?.origin ?? given?.origin ?? outer)
        do { try body(&nested) } catch { faults.add(error) }
        if let node, map == nil {
            faults.add(
                ConfigurationError(
                    .wrongType, keyPath: keyPath(key), origin: node.origin, node.noMap(of: nested.known, form: form)))
        }
        return nested.finished()
    }
}

// MARK: - Internals

extension ConfigurationFields {
    func keyPath(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    /// Where a key stands, or else its map, or else the map above.
    func origin(_ key: String) -> ConfigurationOrigin? { given?[key]?.origin ?? given?.origin ?? outer }

    mutating func take(_ key: String) -> ConfigurationNode? {
        known.append(key)
        faults.visit(keyPath(key))
        return given?[key]
    }

    mutating func record(_ key: String, _ value: some ConfigurationScalar) { append(key, Self.node(for: value)) }

    mutating func recordOptional(_ key: String, _ value: (some ConfigurationScalar)?) {
        append(key, value.map { Self.node(for: $0) } ?? ConfigurationNode(.scalar("null", isPlain: true)))
    }

    mutating func append(_ key: String, _ node: ConfigurationNode) {
        resolved.append(ConfigurationNode.Entry(key: key, node: node))
    }

    /// Reports keys that nothing asked for.
    private func finished() -> ConfigurationNode {
        let strangers =
            takesUnknownKeys
            ? [] : (given?.entries ?? []).filter { !known.contains($0.key) && !former.contains($0.key) }
        for entry in strangers {
            faults.add(
                unknown: UnknownKey(key: entry.key, map: path, known: known),
                at: keyPath(entry.key), entry.node.origin)
        }
        return ConfigurationNode(.map(resolved))
    }
}
