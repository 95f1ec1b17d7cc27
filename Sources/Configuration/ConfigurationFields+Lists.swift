extension ConfigurationFields {
    /// A list of scalars; a given list replaces the default one.
    package mutating func list<Value: ConfigurationWord>(
        _ key: String, _ values: inout [Value]
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do { values = try elements(Value.self, node, key) } catch { faults.add(error) }
        }
        record(key, values)
    }

    /// A list of scalars that may be `null`.
    package mutating func optionalList<Value: ConfigurationWord>(
        _ key: String, _ values: inout [Value]?
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do { values = node.isNull ? nil : try elements(Value.self, node, key) } catch { faults.add(error) }
        }
        if let values { record(key, values) } else { append(key, ConfigurationNode(.scalar("null", isPlain: true))) }
    }

    /// A list of numbers with bounds for each and for how many there are; a given list replaces the default one.
    package mutating func list<Value: ConfigurationScalar & Comparable>(
        _ key: String, _ values: inout [Value], _ bounds: Bounds<Value>, count: ClosedRange<Int>
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do throws(ConfigurationError) {
                let read = try elements(Value.self, node, key)
                guard count.contains(read.count) else {
                    let needed =
                        count.count == 1 ? "\(count.lowerBound)" : "from \(count.lowerBound) to \(count.upperBound)"
                    throw outOfRange("needs \(needed) numbers, got \(read.count)", node, key)
                }
                for value in read { _ = try bounded(value, bounds, node, key) }
                values = read
            } catch { faults.add(error) }
        }
        record(key, values)
    }

    /// A list of choices: at least one, none twice.
    package mutating func choices<Value: ConfigurationChoice & Hashable>(
        _ key: String, _ values: inout [Value]
    ) throws(ConfigurationError) {
        if let node = take(key) {
            do throws(ConfigurationError) {
                let read = try elements(Value.self, node, key)
                guard !read.isEmpty else { throw outOfRange("the list is empty; give \(Value.expectation)", node, key) }
                guard Set(read).count == read.count else {
                    throw outOfRange("a name stands twice; give each once", node, key)
                }
                values = read
            } catch { faults.add(error) }
        }
        record(key, values)
    }

    private func elements<Value: ConfigurationScalar>(
        _ type: Value.Type, _ node: ConfigurationNode, _ key: String
    ) throws(ConfigurationError) -> [Value] {
        guard case .list(let elements) = node.value else {
            var error = wrongType("a list", node, key)
            if case .scalar(let text, _) = node.value, !node.isNull, Value(configurationText: text) != nil {
                error.message += "; write [\(Excerpt.of(text))]"
            }
            throw error
        }
        var values: [Value] = []
        for element in elements { values.append(try scalar(type, element, key)) }
        return values
    }

    private mutating func record(_ key: String, _ values: [some ConfigurationScalar]) {
        append(key, ConfigurationNode(.list(values.map { Self.node(for: $0) })))
    }
}
