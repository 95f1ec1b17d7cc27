import Testing
import TextEncoders

@Suite struct ClassTableRecipeTests {
    private static let warm = PromptTemplate.attribute(connector: "in", property: "warm light")
    private static let wet = PromptTemplate.attribute(connector: "that shows", property: "wet gloss")
    private static let photo = PromptTemplate.whole("a photo of a {}")
    private static let domains = [
        DomainTemplates(domain: "one", templates: [warm]),
        DomainTemplates(domain: "two", templates: [wet, warm, photo]),
    ]

    /// Vectors that tell what was asked: (length of the prompt, whether it begins with "A ").
    private static func encode(_ prompts: [String]) -> [[Float]] {
        prompts.map { [Float($0.utf8.count), $0.hasPrefix("A ") ? 1 : 0] }
    }

    @Test func promptsHaveTheShapesOfReleaseAndPaper() {
        #expect(Self.wet.prompt("road", shape: .release) == "road that shows wet gloss")
        #expect(Self.wet.prompt("road", shape: .paper) == "A road with wet gloss")
        for shape in PromptTemplate.Shape.allCases {
            #expect(Self.photo.prompt("traffic light", shape: shape) == "a photo of a traffic light")
        }
    }

    @Test func phrasesNeedAConnectorAndPromptsAPlaceholder() {
        #expect(PromptTemplate(phrase: "that shows wet gloss") == Self.wet)
        #expect(PromptTemplate(phrase: "warm light") == nil)
        #expect(PromptTemplate(phrase: "in ") == nil)
        #expect(PromptTemplate(phrase: "without light") == nil)
        #expect(PromptTemplate(prompt: "a photo of a {}") == Self.photo)
        #expect(PromptTemplate(prompt: "a photo") == nil)
    }

    /// "car in warm light" has 17 bytes, "car that shows wet gloss" 24, "a photo of a car" 16.
    @Test func unionCountsEveryTemplateOnce() {
        let table = ClassTableRecipe(domains: Self.domains).table(["car"], width: 2, encode: Self.encode)
        #expect(table.values == [19, 0])
        #expect(table.provenance["domains"] == "one,two")
        #expect(table.provenance["templates"] == "in warm light\nthat shows wet gloss\na photo of a {}")
    }

    @Test func balancedCountsEveryDomainOnce() {
        let table = ClassTableRecipe(domains: Self.domains, weighting: .balanced)
            .table(["car"], width: 2, encode: Self.encode)
        #expect(table.values == [18, 0])
    }

    @Test func paperShapeReachesTheEncoder() {
        let recipe = ClassTableRecipe(domains: [Self.domains[0]], shape: .paper)
        #expect(recipe.table(["car", "bus"], width: 2, encode: Self.encode).values == [21, 1, 21, 1])
    }

    @Test func normalizesPromptsAndTheirMean() {
        let recipe = ClassTableRecipe(domains: [Self.domains[1]], normalizes: true)
        let table = recipe.table(["car"], width: 2) { prompts in
            prompts.map { $0.hasPrefix("a photo") ? [0, 5] : [100, 0] }
        }
        // The mean of (1, 0), (1, 0), (0, 1) points along (2, 1).
        let expected: [Float] = [2 / Float(5).squareRoot(), 1 / Float(5).squareRoot()]
        for (value, wanted) in zip(table.values, expected) { #expect(abs(value - wanted) < 1e-6) }
        #expect(table.provenance["normalized"] == "yes")
    }

    /// The empty text is not put into templates.
    @Test func pixelsWithoutAClassHaveTheRowOfTheEmptyText() {
        let recipe = ClassTableRecipe(domains: [Self.domains[0]], hasIgnoredRow: true)
        let table = recipe.table(["car", "bus"], width: 2) { prompts in
            prompts.map { $0.isEmpty ? [-3, 4] : [Float($0.utf8.count), 0] }
        }
        #expect(table.classNames == ["car", "bus", ClassEmbeddings.ignoredName])
        #expect(table.values == [17, 0, 17, 0, -3, 4])
    }
}
