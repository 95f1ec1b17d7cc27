public import Configuration
public import TextEncoders

/// Reads the prompt templates of a domain: YAML with `domain`, and `attributes` (phrases that follow a class) or
/// `prompts` (texts with `{}` for the class) or both.
public enum TemplateFile {
    private static let (domainKey, attributesKey, promptsKey) = ("domain", "attributes", "prompts")

    /// - Throws: `ConfigurationError` naming file and line.
    public static func load(_ path: String) throws(ConfigurationError) -> DomainTemplates {
        let node = try ConfigurationNode.parse(yaml: try ConfigurationFile.read(path, from: nil), fileName: path)
        for entry in node.entries ?? [] where ![domainKey, attributesKey, promptsKey].contains(entry.key) {
            throw ConfigurationError(
                .unknownKey, keyPath: entry.key, origin: entry.node.origin,
                "unknown key; templates have \(domainKey), \(attributesKey) and \(promptsKey)")
        }
        guard case .scalar(let domain, _)? = node[domainKey]?.value, !domain.isEmpty else {
            throw ConfigurationError(.missingKey, keyPath: domainKey, origin: node.origin, "must name the domain")
        }
        let templates = try attributes(node[attributesKey]) + prompts(node[promptsKey])
        guard !templates.isEmpty else {
            throw ConfigurationError(
                .missingKey, origin: node.origin,
                "has neither \(attributesKey) nor \(promptsKey); give at least one phrase")
        }
        return DomainTemplates(domain: domain, templates: templates)
    }

    private static func attributes(_ node: ConfigurationNode?) throws(ConfigurationError) -> [PromptTemplate] {
        try templates(
            node, attributesKey, "must begin with one of: \(PromptTemplate.connectors.joined(separator: ", "))",
            PromptTemplate.init(phrase:))
    }

    private static func prompts(_ node: ConfigurationNode?) throws(ConfigurationError) -> [PromptTemplate] {
        try templates(
            node, promptsKey, "must hold \(PromptTemplate.placeholder), which stands for the class",
            PromptTemplate.init(prompt:))
    }

    private static func templates(
        _ node: ConfigurationNode?, _ key: String, _ rule: String, _ make: (String) -> PromptTemplate?
    ) throws(ConfigurationError) -> [PromptTemplate] {
        guard let node else { return [] }
        guard case .list(let elements) = node.value else {
            throw ConfigurationError(
                .wrongType, keyPath: key, origin: node.origin, "expected a list of phrases, got \(node.summary)")
        }
        var templates: [PromptTemplate] = []
        for element in elements {
            guard case .scalar(let text, _) = element.value, let template = make(text) else {
                throw ConfigurationError(
                    .wrongType, keyPath: key, origin: element.origin, "\(element.summary) \(rule)")
            }
            guard !templates.contains(template) else {
                throw ConfigurationError(
                    .impossibleCombination, keyPath: key, origin: element.origin, "'\(text)' stands twice")
            }
            templates.append(template)
        }
        return templates
    }
}
