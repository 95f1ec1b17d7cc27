import Datasets
import FoundationEssentials
import Testing
import TextEncoders
import Training
import _TestSupport

@Suite struct TemplateFileTests {
    /// Domains with their number of templates.
    private static let counts = [
        ("real", 17), ("synthetic", 14), ("day", 15), ("night", 15), ("fog", 14), ("rain", 14), ("snow", 14),
        ("handcrafted", 2),
    ]

    private static func load(_ domain: String) throws -> DomainTemplates {
        try TemplateFile.load(RepositoryFile.path("configs/text/\(domain).yaml"))
    }

    @Test(arguments: counts)
    func everyDomainHasItsTemplates(domain: String, count: Int) throws {
        let templates = try Self.load(domain)
        #expect(templates.domain == domain)
        #expect(templates.templates.count == count)
    }

    @Test(arguments: counts.map(\.0))
    func phrasesAreShortPlainAndNameNoClass(domain: String) throws {
        // "light" alone is no class.
        let classWords = Set(LabelSpace.cityscapes19.classNames.flatMap { $0.split(separator: " ") })
            .subtracting(["light"])
        for case .attribute(let connector, let property) in try Self.load(domain).templates {
            let words = property.split(separator: " ")
            #expect((2...7).contains(words.count), "\(property)")
            #expect(property.allSatisfy { ($0.isASCII && $0.isLowercase) || $0 == " " || $0 == "-" }, "\(property)")
            let nouns = words.flatMap { $0.split(separator: "-") }
            #expect(!nouns.contains { classWords.contains($0) || classWords.contains($0.dropLast()) }, "\(property)")
            #expect(PromptTemplate.connectors.contains(connector))
        }
    }

    /// Domains overlap in one phrase; everything else tells them apart.
    @Test func fogAndSnowShareOnePhrase() throws {
        var domains: [PromptTemplate: [String]] = [:]
        for (domain, _) in Self.counts {
            for template in try Self.load(domain).templates { domains[template, default: []].append(domain) }
        }
        #expect(domains.values.filter { $0.count > 1 } == [["fog", "snow"]])
    }

    @Test(arguments: [
        ("attributes: [in fog]", "domain: must name the domain"),
        ("domain: x", ":1: has neither attributes nor prompts"),
        ("domain: x\nphrases: [in fog]", ":2: phrases: unknown key; templates have domain, attributes and prompts"),
        ("domain: x\nattributes: in fog", ":2: attributes: expected a list of phrases, got 'in fog'"),
        (
            "domain: x\nattributes:\n  - in fog\n  - foggy",
            ":4: attributes: 'foggy' must begin with one of: that shows, that has, with, in"
        ),
        ("domain: x\nprompts:\n  - a photo", ":3: prompts: 'a photo' must hold {}, which stands for the class"),
        ("domain: x\nattributes:\n  - in fog\n  - in fog", ":4: attributes: 'in fog' stands twice"),
    ])
    func saysWhatIsWrongAndWhere(yaml: String, message: String) throws {
        let folder = TemporaryFolder()
        let path = folder.file("x.yaml")
        try yaml.write(toFile: path, atomically: false, encoding: .utf8)
        #expect { try TemplateFile.load(path) } throws: { error in
            "\(error)".hasPrefix(path) && "\(error)".contains(message)
        }
    }
}
