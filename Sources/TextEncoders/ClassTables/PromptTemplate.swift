/// What is said about a class to make a prompt of it.
public enum PromptTemplate: Sendable, Hashable {
    /// How an attribute becomes a prompt.
    public enum Shape: String, Sendable, CaseIterable {
        /// "road with wet gloss": class and phrase, as in the code released with CoPT.
        case release
        /// "A road with wet gloss": as in the CoPT paper, always with "with".
        case paper
    }

    /// A property, in words that follow the name of any class: `with` + `wet gloss`.
    case attribute(connector: String, property: String)
    /// A whole prompt with `{}` in place of the class, the same in both shapes.
    case whole(String)

    /// Words that may join a class and a property, longest first.
    public static let connectors = ["that shows", "that has", "with", "in"]
    /// Stands for the class in a whole prompt.
    public static let placeholder = "{}"

    /// An attribute from a phrase such as "in warm light"; nil where it does not begin with a connector.
    public init?(phrase: String) {
        guard let connector = Self.connectors.first(where: { phrase.hasPrefix($0 + " ") }) else { return nil }
        let property = phrase.dropFirst(connector.count + 1)
        guard !property.isEmpty else { return nil }
        self = .attribute(connector: connector, property: String(property))
    }

    /// A whole prompt; nil where it lacks the placeholder.
    public init?(prompt: String) {
        guard prompt.contains(Self.placeholder) else { return nil }
        self = .whole(prompt)
    }

    /// The template as it stands in its file.
    public var text: String {
        switch self {
        case .attribute(let connector, let property): "\(connector) \(property)"
        case .whole(let prompt): prompt
        }
    }

    /// The prompt for a class.
    public func prompt(_ className: String, shape: Shape) -> String {
        switch self {
        case .attribute(let connector, let property):
            switch shape {
            case .release: "\(className) \(connector) \(property)"
            case .paper: "A \(className) with \(property)"
            }
        case .whole(let prompt): prompt.replacing(Self.placeholder, with: className)
        }
    }
}

/// The templates of one domain, such as "night".
public struct DomainTemplates: Sendable, Equatable {
    public let domain: String
    public let templates: [PromptTemplate]

    public init(domain: String, templates: [PromptTemplate]) {
        self.domain = domain
        self.templates = templates
    }
}
