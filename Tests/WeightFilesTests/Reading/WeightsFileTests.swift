import Foundation
import Testing
import WeightFiles
import _TestSupport

/// Folders and files in parts, as Hugging Face writes them, and files by what they hold.
@Suite struct WeightsFileTests {
    private let folder = TemporaryFolder()

    private func write(_ name: String, _ tensor: String, _ values: [Float]) throws {
        try SafeTensorsWriter.write(
            folder.file(name), [SafeTensorsItem(tensor, shape: [values.count], floats: values)])
    }

    @Test func aFileIsKnownByItsContentNotItsName() throws {
        try write("weights.pth", "a", [1])
        #expect(try WeightsFile.open(folder.file("weights.pth")).floats("a") == [1])
        let path = folder.file("weights.safetensors")
        try FileManager.default.copyItem(atPath: Fixture.path("torch/kinds_legacy.pth"), toPath: path)
        #expect(try WeightsFile.open(path).names.count == 18)
    }

    @Test func aFolderGivesItsModelOrItsParts() throws {
        #expect { try WeightsFile.open(folder.path) } throws: {
            "\($0)".contains("is a folder without model.safetensors, model.safetensors.index.json, pytorch_model.bin")
        }
        try FileManager.default.copyItem(
            atPath: Fixture.path("torch/kinds.pth"), toPath: folder.file("pytorch_model.bin"))
        #expect(try WeightsFile.open(folder.path).path == folder.file("pytorch_model.bin"))
        try write("model-1.safetensors", "a", [1, 2])
        try write("model-2.safetensors", "b", [3])
        folder.write(
            """
            {"metadata": {"total_size": 12}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
            """, to: "model.safetensors.index.json")
        let file = try WeightsFile.open(folder.path)
        #expect(file.names == ["a", "b"])
        #expect(try file.floats("a") == [1, 2])
        #expect(try file.floats("b", elements: 0..<1) == [3])
        #expect(throws: WeightsError.self) { try file.entry("c") }
        try write("model.safetensors", "whole", [4])
        #expect(try WeightsFile.open(folder.path).names == ["whole"])
    }

    @Test(arguments: [
        (#"{"weight_map": {"a": "../w.safetensors"}}"#, "names '../w.safetensors', which is no file beside it"),
        (#"{"weight_map": {"a": "part.safetensors", "z": "part.safetensors"}}"#, "tensor 'z': is not in the file"),
        (#"{"weight_map": {"a": "gone.safetensors"}}"#, "gone.safetensors: cannot be opened"),
        (#"{"weight_map": {"a": "model.safetensors.index.json"}}"#, "is an index where a file of tensors is needed"),
        (#"{"weight_map": {"a": "."}}"#, "names '.', which is no file beside it"),
        (#"{"weights": {}}"#, "is no index of weights"), (#"{"weight_map": {"a": "par"#, "is no index of weights"),
    ])
    func anIndexThatDoesNotFitIsRefused(json: String, message: String) throws {
        try write("part.safetensors", "a", [1])
        let path = folder.write(json, to: "model.safetensors.index.json")
        #expect { try WeightsFile.open(path) } throws: { "\($0)".contains(message) }
    }

    @Test func whatIsNeitherIsSaidToBeNeither() throws {
        let path = folder.write("hello world, this is a text", to: "w.pth")
        #expect { try WeightsFile.open(path) } throws: {
            "\($0)".contains("neither safetensors nor a file of torch.save")
        }
        #expect(throws: WeightsError.self) { try WeightsFile.open(folder.write("", to: "empty.pth")) }
    }
}
