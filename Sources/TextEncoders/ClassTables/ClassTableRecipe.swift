/// How templates and a text encoder make a table of class embeddings (CoPT, equations 2 to 5).
public struct ClassTableRecipe: Sendable {
    /// How the templates of several domains are weighed against each other.
    public enum Weighting: String, Sendable, CaseIterable {
        /// Every different template counts the same, so domains count by their number of templates.
        case union
        /// Every domain counts the same.
        case balanced
    }

    public var domains: [DomainTemplates]
    public var weighting: Weighting
    public var shape: PromptTemplate.Shape
    /// Whether each prompt's vector, and the mean again, is brought to length 1.
    public var normalizes: Bool
    /// Whether there is a last row for pixels without a class, of the empty text (LIDAPS code).
    public var hasIgnoredRow: Bool

    public init(
        domains: [DomainTemplates], weighting: Weighting = .union, shape: PromptTemplate.Shape = .release,
        normalizes: Bool = false, hasIgnoredRow: Bool = false
    ) {
        self.domains = domains
        self.weighting = weighting
        self.shape = shape
        self.normalizes = normalizes
        self.hasIgnoredRow = hasIgnoredRow
    }

    /// Templates whose vectors are averaged before anything else.
    private var groups: [[PromptTemplate]] {
        switch weighting {
        case .union: [Self.unique(domains.flatMap(\.templates))]
        case .balanced: domains.map { Self.unique($0.templates) }
        }
    }

    private static func unique(_ templates: [PromptTemplate]) -> [PromptTemplate] {
        var seen: Set<PromptTemplate> = []
        return templates.filter { seen.insert($0).inserted }
    }

    /// The table of `classNames`.
    ///
    /// - Parameter encode: the vectors of prompts, `width` numbers each.
    /// - Precondition: every domain has templates.
    public func table<Failure: Error>(
        _ classNames: [String], width: Int, encode: ([String]) throws(Failure) -> [[Float]]
    ) throws(Failure) -> ClassEmbeddings {
        precondition(!domains.isEmpty && domains.allSatisfy { !$0.templates.isEmpty }, "ClassTableRecipe: no templates")
        var values: [Float] = []
        for name in classNames {
            var means: [[Double]] = []
            for group in groups {
                let vectors = try encode(group.map { $0.prompt(name, shape: shape) })
                means.append(Self.mean(vectors.map { scaled($0.map(Double.init)) }, width: width))
            }
            values += scaled(Self.mean(means, width: width)).map { Float($0) }
        }
        guard hasIgnoredRow else {
            return ClassEmbeddings(classNames: classNames, width: width, values: values, provenance: provenance)
        }
        values += try encode([""]).flatMap { scaled($0.map(Double.init)) }.map { Float($0) }
        return ClassEmbeddings(
            classNames: classNames + [ClassEmbeddings.ignoredName], width: width, values: values,
            provenance: provenance)
    }

    private func scaled(_ vector: [Double]) -> [Double] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return normalizes && length > 0 ? vector.map { $0 / length } : vector
    }

    private static func mean(_ vectors: [[Double]], width: Int) -> [Double] {
        var sum = [Double](repeating: 0, count: width)
        for vector in vectors { for index in 0..<width { sum[index] += vector[index] } }
        return sum.map { $0 / Double(vectors.count) }
    }

    private var provenance: [String: String] {
        [
            "domains": domains.map(\.domain).joined(separator: ","),
            "templates": Self.unique(domains.flatMap(\.templates)).map(\.text).joined(separator: "\n"),
            "weighting": weighting.rawValue, "shape": shape.rawValue, "normalized": normalizes ? "yes" : "no",
        ]
    }
}
