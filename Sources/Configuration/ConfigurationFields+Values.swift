// From the text of a value to the value, and what is said of one that is none.

extension ConfigurationFields {
    func scalar<Value: ConfigurationScalar>(
        _ type: Value.Type, _ node: ConfigurationNode, _ key: String
    ) throws(ConfigurationError) -> Value {
        guard case .scalar(let text, let isPlain) = node.value, !node.isNull, isPlain || Value.takesQuotedText,
            let value = Value(configurationText: text)
        else {
            var error = wrongType(Value.expectation, node, key, names: Value.names)
            if node.isTooLarge(for: type) { error.message += ", which is too large" }
            if let form = node.form(of: type) { error.message += "; write \(form)" }
            throw error
        }
        return value
    }

    func bounded<Value: Comparable & Sendable>(
        _ value: Value, _ bounds: Bounds<Value>, _ node: ConfigurationNode, _ key: String
    ) throws(ConfigurationError) -> Value {
        guard bounds.contains(value) else {
            throw outOfRange("must be \(bounds.text(for: value)), got \(value)", node, key)
        }
        return value
    }

    func outOfRange(_ message: String, _ node: ConfigurationNode, _ key: String) -> ConfigurationError {
        ConfigurationError(.outOfRange, keyPath: keyPath(key), origin: node.origin, message)
    }

    func wrongType(
        _ expectation: String, _ node: ConfigurationNode, _ key: String, names: [String] = []
    ) -> ConfigurationError {
        var message = "expected \(expectation), got \(node.summary)"
        if case .scalar(let text, _) = node.value, let nearest = NearestName.find(text, among: names) {
            message += " (did you mean '\(nearest)'?)"
        }
        return ConfigurationError(.wrongType, keyPath: keyPath(key), origin: node.origin, message)
    }

    static func node<Value: ConfigurationScalar>(for value: Value) -> ConfigurationNode {
        ConfigurationNode(.scalar(value.configurationText, isPlain: !value.isWrittenQuoted))
    }
}

extension ConfigurationNode {
    /// Whether it is a number, and larger than those that the program counts or computes with.
    fileprivate func isTooLarge(for type: Any.Type) -> Bool {
        guard
            type == Int.self || type == UInt64.self || type == Double.self || type == Float.self
                || type == AutomaticCount.self,
            case .scalar(let text, isPlain: true) = value, let first = text.first(where: { $0 != "-" && $0 != "+" }),
            first.isNumber, let number = Double(text)
        else { return false }
        return type == Double.self || type == Float.self
            ? true : Int(exactly: number) == nil && number.rounded() == number
    }

    /// How what was written would be right: `400` of `4e2`, `0.1` of `[0.1]` and of `"0.1"`, `true` of `yes`; nil where
    /// that cannot be told.
    fileprivate func form<Value: ConfigurationScalar>(of type: Value.Type) -> String? {
        switch value {
        case .list(let elements):
            guard elements.count == 1, case .scalar(let text, _) = elements[0].value else { return nil }
            return Value(configurationText: text) == nil ? nil : Excerpt.of(text)
        case .scalar(let text, let isPlain):
            if !isPlain, Value(configurationText: text) != nil { return "\(text) without quotes" }
            let word = text.lowercased()
            if Value.self == Bool.self {
                if ["yes", "on", "true", "1", "y"].contains(word) { return "true" }
                return ["no", "off", "false", "0", "n"].contains(word) ? "false" : nil
            }
            let digits = text.filter { $0 != "_" }
            if digits != text, Value(configurationText: digits) != nil { return digits }
            guard let number = Double(text), let whole = Int(exactly: number) else { return nil }
            return Value(configurationText: "\(whole)") == nil ? nil : "\(whole)"
        case .map: return nil
        }
    }

    /// What is wrong with this in place of a map of `keys`, and how it would be one.
    func noMap(of keys: [String], form: String?) -> String {
        let isSize = keys.starts(with: ["height", "width"])
        let map =
            isSize
            ? "{height: …, width: …}" : "a map of keys" + (keys.isEmpty ? "" : " (\(keys.joined(separator: ", ")))")
        return "expected \(form.map { "\($0), or " } ?? "")\(map), got \(summary)"
            + (isSize ? size.map { "; write {height: \($0.height), width: \($0.width)}" } ?? "" : "")
    }

    /// A size that is written as `[128, 256]`, `128x256` or `128`.
    private var size: (height: String, width: String)? {
        switch value {
        case .list(let elements):
            let texts = elements.compactMap { element -> String? in
                guard case .scalar(let text, _) = element.value, Int(text) != nil else { return nil }
                return text
            }
            guard texts.count == 2, elements.count == 2 else { return nil }
            return (texts[0], texts[1])
        case .scalar(let text, _):
            let parts = text.lowercased().split { "x, ".contains($0) }.map(String.init)
            guard parts.allSatisfy({ Int($0) != nil }), let first = parts.first, let last = parts.last, parts.count <= 2
            else { return nil }
            return (first, last)
        case .map: return nil
        }
    }
}
