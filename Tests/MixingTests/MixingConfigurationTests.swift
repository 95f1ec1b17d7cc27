import Configuration
import Mixing
import Testing

@Suite struct MixingConfigurationTests {
    private struct Section: ConfigurationSection {
        var mixing = MixingConfiguration.classMix
        mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
            try fields.variant("mixing", &mixing)
        }
    }

    private func read(_ text: String) throws -> MixingConfiguration {
        try ConfigurationFields.read(Section.self, from: .parse(yaml: text, fileName: "a.yaml")).mixing
    }

    @Test func strategiesAreChosenByTheirNames() throws {
        #expect(try read("{}").makeStrategy() is ClassMix)
        #expect(try read("mixing: class-mix") == .classMix)
        #expect(try read("mixing: {kind: none}").makeStrategy() is NoMixing)
        #expect(MixingConfiguration.none != .classMix)
        for kind in MixingConfiguration.kinds { #expect(try read("mixing: \(kind)").kind == kind) }
    }

    @Test func anUnknownStrategyIsAnErrorThatNamesTheOthers() {
        #expect {
            try read("mixing: clas-mix")
        } throws: {
            "\($0)".contains("mixing.kind: expected one of class-mix, none, got 'clas-mix' (did you mean 'class-mix'?)")
        }
    }

    @Test func noneOfThemNeedsObjects() throws {
        for kind in MixingConfiguration.kinds { #expect(try !read("mixing: \(kind)").makeStrategy().needsObjects) }
    }
}
