extension ConfigurationFields {
    /// A choice with parameters.
    package mutating func variant<Variant: ConfigurationVariant>(
        _ key: String, _ value: inout Variant
    ) throws(ConfigurationError) {
        value = chosen(key, take(key), from: value) ?? value
    }

    /// A choice with parameters that `null` switches off.
    ///
    /// - Parameter absent: a word that does too, and that the resolved setting has then; nil for `null` alone.
    package mutating func optionalVariant<Variant: ConfigurationVariant>(
        _ key: String, _ value: inout Variant?, absent: String? = nil
    ) throws(ConfigurationError) {
        let node = take(key)
        guard let node, !node.isNull, !node.isText(absent) else {
            if node != nil { value = nil }
            guard let present = value else {
                return append(key, ConfigurationNode(.scalar(absent ?? "null", isPlain: true)))
            }
            value = chosen(key, nil, from: present)
            return
        }
        value = chosen(key, node, from: value, absent: absent)
    }

    /// - Parameters:
    ///   - present: what the key has where the name of another choice is not given; nil where it must be given.
    ///   - absent: another word that the key takes, for messages.
    /// - Returns: `present` where what was given is none.
    private mutating func chosen<Variant: ConfigurationVariant>(
        _ key: String, _ node: ConfigurationNode?, from present: Variant?, absent: String? = nil
    ) -> Variant? {
        var value = present
        let kinds = Variant.kinds + (absent.map { [$0] } ?? [])
        visit(key, node?.promotedToVariant, form: "one of \(kinds.joined(separator: ", "))") {
            nested throws(ConfigurationError) in
            var name = present?.kind ?? ""
            let before = nested.faults.count
            try nested.required(ConfigurationNode.kindKey, &name)
            if name != present?.kind, let other = Variant(kind: name) { value = other } else if name != present?.kind {
                nested.takesUnknownKeys = true
                if nested.faults.count == before { nested.faults.add(nested.unknownKind(name, among: kinds)) }
                return
            }
            guard var choice = value else { return }
            nested.recordKind(choice.kind)
            try choice.visit(&nested)
            value = choice
        }
        return value
    }

    private func unknownKind(_ name: String, among kinds: [String]) -> ConfigurationError {
        let suggestion = NearestName.find(name, among: kinds).map { " (did you mean '\($0)'?)" } ?? ""
        let choices = kinds.joined(separator: ", ")
        return ConfigurationError(
            .wrongType, keyPath: keyPath(ConfigurationNode.kindKey), origin: origin(ConfigurationNode.kindKey),
            "expected one of \(choices), got '\(Excerpt.of(name))'\(suggestion)")
    }

    private mutating func recordKind(_ kind: String) {
        resolved[0].node = ConfigurationNode(.scalar(kind, isPlain: true))
    }
}

extension ConfigurationNode {
    /// Whether it is a word, as `none`, or a choice of that name, as it is where a setting changes another's choice.
    fileprivate func isText(_ word: String?) -> Bool {
        guard let word else { return false }
        if let kind = self[ConfigurationNode.kindKey] { return kind.isText(word) }
        guard case .scalar(let text, _) = value else { return false }
        return text == word
    }
}
