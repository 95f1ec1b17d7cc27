import Configuration
import Testing
import Training

@Suite struct ConfigurationDifferencesTests {
    private func differences(_ left: String, _ right: String) throws -> [String] {
        let trees = try [left, right].map { try ConfigurationNode.parse(yaml: $0, fileName: "x") }
        return trees[0].differences(to: trees[1])
    }

    @Test func everyChangedKeyIsNamedWithBothValues() throws {
        let changed = try differences(
            "seed: 1\ntraining: {steps: 4, batch: {kind: global, images: 2}}\nclasses: [1, 2]\nweights: a",
            "seed: 2\ntraining: {steps: 4, batch: {kind: global, images: 4}}\nclasses: [1, 3]\nextra: b")
        #expect(changed == [
            "seed: '1', now '2'", "training.batch.images: '2', now '4'", "classes: '[1, 2]', now '[1, 3]'",
            "weights: 'a', now none", "extra: none, now 'b'",
        ])
    }

    @Test func theWayOfWritingDoesNotMatter() throws {
        #expect(try differences("a: {b: 1}\nc: x", "# again\na:\n  b: 1\nc: \"x\"") == [])
    }
}
