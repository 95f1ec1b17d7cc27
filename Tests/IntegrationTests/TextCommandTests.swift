import Foundation
import Testing
import WeightFiles
import _TestSupport

extension IntegrationTests {
    @Suite struct TextCommandTests {
        /// Averages of tens of vectors in single precision.
        private static let tolerance: Float = 1e-5
        private static let vocabulary = [
            "--vocab", Fixture.path("text/tokenizer/vocab.json"), "--merges", Fixture.path("text/tokenizer/merges.txt"),
        ]
        private static let templates = [
            "--templates", "configs/text/handcrafted.yaml", "configs/text/fog.yaml", "configs/text/snow.yaml",
        ]
        private static let weights = Fixture.path("text/tower/model.safetensors")

        private let folder = TemporaryFolder()

        private func causeway(_ arguments: [String], standardInput: String? = nil) throws -> Job {
            try Job.run("causeway", arguments, ranks: nil, standardInput: standardInput)
        }

        @Test func tokenizePrintsALineForEachLine() throws {
            struct Case: Decodable {
                let text: String
                let ids: [Int]
            }
            let data = try Data(contentsOf: URL(filePath: Fixture.path("text/tokenizer/texts.json")))
            let cases = try #require(try JSONDecoder().decode([String: [Case]].self, from: data)["merges"])
            let run = try causeway(
                ["tokenize"] + Self.vocabulary, standardInput: cases.map { $0.text + "\n" }.joined())
            #expect(run.status == 0 && run.standardError.isEmpty, "\(run.standardError)")
            let lines = run.standardOutput.split(separator: "\n")
            #expect(lines.count == cases.count)
            for (line, example) in zip(lines, cases) {
                #expect(line == example.ids.map(String.init).joined(separator: " "))
            }
        }

        @Test func tokenizeNamesWhatIsMissing() throws {
            let half = try causeway(["tokenize", "--vocab", "v.json"], standardInput: "")
            #expect(half.status != 0)
            #expect(half.standardError.contains("give either --vocab and --merges, or --tokenizer, or --bpe"))
            let missing = try causeway(["tokenize", "--bpe", "/nowhere.gz"], standardInput: "")
            #expect(missing.status == 1)
            #expect(missing.standardError.hasPrefix("error: /nowhere.gz: cannot be opened"))
        }

        private func table(_ options: [String], _ output: String) throws -> Job {
            try causeway(
                ["text-embeddings", "--model", "clip-text", "--output", output]
                    + ["--weights", Fixture.path("text/tower_half/model.safetensors")]
                    + Self.vocabulary + Self.templates + options)
        }

        @Test(arguments: [
            ("union", []), ("balanced", ["--weighting", "balanced", "--shape", "paper", "--normalize"]),
        ] as [(String, [String])])
        func textEmbeddingsEqualThoseOfTransformers(name: String, options: [String]) throws {
            let output = folder.file("table.safetensors")
            let run = try table(options, output)
            #expect(run.status == 0, "\(run.standardError)")
            let file = try SafeTensorsFile(output)
            let expected = try SafeTensorsFile(Fixture.path("text/tower_half/tables.safetensors")).floats(name)
            let values = try file.floats("embeddings")
            #expect(try file.entry("embeddings").shape == [19, 12])
            #expect(zip(values, expected).allSatisfy { abs($0 - $1) <= Self.tolerance })
            #expect(file.metadata["classes"]?.hasPrefix("road,sidewalk,") == true)
            #expect(file.metadata["domains"] == "handcrafted,fog,snow")
            #expect(file.metadata["weights"]?.hasPrefix("model.safetensors xxh64:") == true)
        }

        /// The table of LIDAPS: 80 prompts of 20 tokens, states before the projection, and the empty prompt.
        @Test func tablesOfPixelTextsEqualThoseOfTransformers() throws {
            let output = folder.file("pixels.safetensors")
            let run = try causeway(
                ["text-embeddings", "--model", "clip-text", "--output", output, "--vectors", "pooled"]
                    + ["--tokens", "20", "--ignored-row", "--templates", "configs/text/imagenet.yaml"]
                    + ["--weights", Fixture.path("text/tower_half/model.safetensors")] + Self.vocabulary)
            #expect(run.status == 0, "\(run.standardError)")
            #expect(run.standardOutput.hasSuffix("19 classes and a row for pixels without one, of width 16\n"))
            let file = try SafeTensorsFile(output)
            #expect(try file.entry("embeddings").shape == [20, 16])
            let expected = try SafeTensorsFile(Fixture.path("text/tower_half/pixel_table.safetensors")).floats("table")
            #expect(zip(try file.floats("embeddings"), expected).allSatisfy { abs($0 - $1) <= Self.tolerance })
            #expect(file.metadata["classes"]?.hasSuffix(",bicycle,<ignore>") == true)
            #expect(file.metadata["vectors"] == "pooled" && file.metadata["tokens"] == "20")
        }

        @Test func tokensMustFitTheTower() throws {
            let run = try causeway(
                ["text-embeddings", "--model", "clip-text", "--output", folder.file("t.safetensors"), "--tokens", "78"]
                    + ["--weights", Fixture.path("text/tower_half/model.safetensors")]
                    + Self.vocabulary + Self.templates)
            #expect(run.status == 1)
            #expect(run.standardError.contains("texts of 78 tokens do not fit the tower; it takes 2 to 77"))
        }

        @Test func aTableNeedsTheVocabularyOfItsTower() throws {
            let run = try causeway(
                ["text-embeddings", "--model", "clip-text", "--weights", Self.weights]
                    + ["--output", folder.file("table.safetensors")] + Self.vocabulary + Self.templates)
            #expect(run.status == 1)
            #expect(run.standardError.contains("the vocabulary has 1014 tokens, the tower 99"), "\(run.standardError)")
        }

        @Test func forwardRunsATextTower() throws {
            let (input, output) = (Fixture.path("text/tower/expected.safetensors"), folder.file("out.safetensors"))
            let arguments = ["forward", "--weights", Self.weights, "--input", input, "--output", output]
            let run = try causeway(arguments + ["--model", "clip-text"])
            #expect(run.status == 0, "\(run.standardError)")
            #expect(try SafeTensorsFile(output).names.sorted() == ["hidden", "pooled", "projected"])
            let wrongModel = try causeway(arguments + ["--model", "clip-text-vit-l-14"])
            #expect(wrongModel.status == 1)
            #expect(wrongModel.standardError.contains("name the model of the file, or clip-text for any sizes"))
            let gradients = try causeway(arguments + ["--model", "clip-text", "--gradients"])
            #expect(gradients.standardError.contains("text towers run without --gradients"))
        }
    }
}
