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

    private static let facts = MixingFacts(classNames: ["road", "car"], things: [1], objectCounts: [0, 3])

    private func strategy(_ text: String) throws -> any MixingStrategy {
        try read(text).config.makeStrategy(Self.facts, keyPath: "mixing")
    }

    @Test func strategiesAreChosenByTheirNames() throws {
        #expect(try strategy("{}") is ClassMix)
        #expect(try read("mixing: class-mix") == .classMix)
        #expect(try strategy("mixing: {kind: none}") is NoMixing)
        #expect(MixingConfiguration.none != .classMix)
        for kind in MixingConfiguration.kinds { #expect(try read("mixing: \(kind)").kind == kind) }
    }

    @Test func anUnknownStrategyIsAnErrorThatNamesTheOthers() {
        #expect {
            try read("mixing: clas-mix")
        } throws: {
            "\($0)".contains(
                "mixing.kind: expected one of class-mix, none, instance-mix, bidirectional, got 'clas-mix' (did you "
                    + "mean 'class-mix'?)")
        }
    }

    @Test func settingsAndStrategiesAgreeOnWhatTheyNeed() throws {
        for kind in MixingConfiguration.kinds {
            let (setting, strategy) = (try read("mixing: \(kind)").config, try strategy("mixing: \(kind)"))
            let pastesObjects = ["instance-mix", "bidirectional"].contains(kind)
            #expect(setting.needsObjects == pastesObjects && strategy.needsObjects == pastesObjects)
            #expect(setting.needsTargetObjects == strategy.needsTargetObjects)
        }
        for kind in ["instance-mix, direction", "bidirectional, directions"] {
            let forth = try read("mixing: {kind: \(kind): source-to-target}").config
            #expect(forth.needsObjects && !forth.needsTargetObjects)
        }
        #expect(try strategy("mixing: {kind: bidirectional, minArea: 40, blur: none}") is BidirectionalMix)
        #expect(try read("mixing: bidirectional").config.countsObjects)
        #expect(try !read("mixing: {kind: bidirectional, pool: null}").config.countsObjects)
    }
}
