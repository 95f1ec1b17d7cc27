import FoundationEssentials
import NN
import TensorEngine
import Testing
import TextEncoders
import WeightFiles
import _TestSupport

@Suite struct CLIPTextTowerTests {
    /// Two blocks in single precision, added up in another order.
    private static let tolerance: Float = 1e-5

    private let folder = TemporaryFolder()

    private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    /// "tower" has QuickGELU and its own end-of-text; "tower_half" exact GELU, half precision and the legacy id.
    @Test(arguments: ["tower", "tower_half"])
    func equalsTransformers(name: String) throws {
        let (tower, _) = try CLIPTextTowerName.any.load(Fixture.path("text/\(name)/model.safetensors"))
        let output = folder.file("out.safetensors")
        let input = Fixture.path("text/\(name)/expected.safetensors")
        try CLIPTextForwardRun.run(tower, input: input, output: output)
        let (expected, actual) = (try SafeTensorsFile(input), try SafeTensorsFile(output))
        for key in ["hidden", "pooled", "projected"] {
            #expect(try actual.entry(key).shape == expected.entry(key).shape)
            let difference = largestDifference(try actual.floats(key), try expected.floats(key))
            #expect(difference <= Self.tolerance, "\(key): \(difference)")
        }
    }

    @Test func readsSizesFromShapesAndConfiguration() throws {
        let half = try CLIPTextTowerName.any.load(Fixture.path("text/tower_half/model.safetensors")).tower.config
        #expect(half.activation == .gelu)
        #expect(half.pooling == .largestID)
        let config = try CLIPTextTowerName.any.load(Fixture.path("text/tower/model.safetensors")).tower.config
        #expect(config.activation == .quickGELU)
        #expect(config.pooling == .token(98))
        #expect([config.vocabularySize, config.contextLength] == [99, 20])
        #expect([config.width, config.layers, config.heads, config.hiddenWidth] == [16, 2, 4, 24])
        #expect(config.projection == 12)
    }

    /// Parameters of the published towers: text part of clip-vit-base-patch32 and clip-vit-large-patch14.
    @Test(arguments: [(CLIPTextConfig.vitB32, 63_428_096), (.vitL14, 123_650_304)])
    func hasThePublishedSizes(config: CLIPTextConfig, count: Int) {
        let tower = CLIPTextTower(config, in: ModuleScope(seed: nil))
        #expect(tower.parameterCount == count)
    }

    @Test func whatFollowsEndOfTextDoesNotMatter() throws {
        let (tower, _) = try CLIPTextTowerName.any.load(Fixture.path("text/tower/model.safetensors"))
        let one = try tower(TokenBatch([5, 6, 98, 98], count: 1, length: 4))
        let other = try tower(TokenBatch([5, 6, 98, 1], count: 1, length: 4))
        let short = try tower(TokenBatch([5, 6, 98], count: 1, length: 3))
        #expect(one.pooled.values() == other.pooled.values())
        #expect(largestDifference(one.pooled.values(), short.pooled.values()) <= Self.tolerance)
    }

    @Test func namesTheTextThatDoesNotFit() throws {
        let (tower, _) = try CLIPTextTowerName.any.load(Fixture.path("text/tower/model.safetensors"))
        func expectError(_ message: String, _ batch: TokenBatch) {
            #expect { try tower(batch) } throws: { "\($0)".contains(message) }
        }
        let long = TokenBatch([Int32](repeating: 98, count: 21), count: 1, length: 21)
        expectError("21 tokens do not fit the tower's 20 places", long)
        expectError("text 1 has the id 99", TokenBatch([98, 99], count: 2, length: 1))
        expectError("text 1 lacks end-of-text (id 98)", TokenBatch([98, 97], count: 2, length: 1))
    }

    @Test func aNameHasItsSizes() {
        #expect { try CLIPTextTowerName.vitB32.load(Fixture.path("text/tower/model.safetensors")) } throws: { error in
            "\(error)".contains("holds a text tower of 2 blocks of width 16")
                && "\(error)".contains("name the model of the file, or clip-text for any sizes")
        }
    }

    @Test func withoutConfigurationTheHeadsAreUnknown() throws {
        let path = folder.file("model.safetensors")
        try FileManager.default.copyItem(atPath: Fixture.path("text/tower/model.safetensors"), toPath: path)
        #expect { try CLIPTextTowerName.any.load(path) } throws: { "\($0)".contains("put the right config.json") }
    }

    @Test(arguments: [
        ("{\"hidden_act\": \"swish\"}", "asks for the activation 'swish'; known are quick_gelu and gelu"),
        ("{\"num_attention_heads\": \"four\"}", "is not the configuration of a CLIP model"),
        ("{\"num_attention_heads\": 5}", "which does not tell the number of heads"),
    ])
    func refusesAConfigurationItDoesNotKnow(json: String, message: String) throws {
        let path = folder.file("model.safetensors")
        try FileManager.default.copyItem(atPath: Fixture.path("text/tower/model.safetensors"), toPath: path)
        try json.write(toFile: folder.file("config.json"), atomically: false, encoding: .utf8)
        #expect { try CLIPTextTowerName.any.load(path) } throws: { "\($0)".contains(message) }
    }
}
