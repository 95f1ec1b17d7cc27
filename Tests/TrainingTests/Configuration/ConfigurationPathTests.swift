import Configuration
import Foundation
import Testing
import Training
import _TestSupport

/// Where the path of a file in a setting starts.
@Suite struct ConfigurationPathTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = TemporaryFolder()
        for name in ["settings/parts", "runs/far/away"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
    }

    /// Weights of `settings/top.yaml`, which extends `settings/parts/start.yaml` with `weights` in it.
    private func weights(_ path: String, _ overrides: String..., file: String = "settings/top.yaml") throws -> String? {
        folder.write(
            "model: {weights: \(path)}\ndata: {source: {root: a}, target: {root: b}}", to: "settings/parts/start.yaml")
        folder.write("extends: parts/start.yaml", to: "settings/top.yaml")
        return try ConfigurationFile.load(folder.file(file), overrides: overrides).model.weights
    }

    @Test func dotsStartAtTheFileThatSaysSo() throws {
        let parts = folder.file("settings/parts")
        #expect(try weights("./w.pth") == "\(parts)/w.pth")
        #expect(try weights("./deep/../w.pth") == "\(parts)/w.pth")
        #expect(try weights("../w.pth") == folder.file("settings/w.pth"))
        #expect(try weights("../../w.pth") == folder.file("w.pth"))
    }

    @Test func otherPathsStayAsTheyAre() throws {
        for path in ["w.pth", "runs/../w.pth", "/data/w.pth", ".w/x", "..w"] { #expect(try weights(path) == path) }
        #expect(try weights("null") == nil)
    }

    @Test func dotsOfTheCommandLineStartAtTheWorkingFolder() throws {
        let here = FileManager.default.currentDirectoryPath
        #expect(try weights("x", "model.weights=./w.pth") == "\(here)/w.pth")
        #expect(try weights("x", "model.weights=w.pth") == "w.pth")
    }

    /// A run keeps its setting in another folder.
    @Test func aWrittenSettingMeansTheSameFile() throws {
        let expected = try weights("../w.pth")
        let run = try ConfigurationFile.load(folder.file("settings/top.yaml"))
        let copy = folder.write(run.resolvedYAML(), to: "runs/far/away/resolved.yaml")
        #expect(try ConfigurationFile.load(copy).model.weights == expected)
        #expect(try ConfigurationFile.decode(yaml: run.resolvedYAML(), fileName: "index.json") == run)
    }

    @Test func aSettingIsFoundFromAnyFolder() throws {
        let relative = "\(FileManager.default.currentDirectoryPath)/".split(separator: "/").map { _ in "../" }.joined()
        folder.write("model: {weights: ./w.pth}\ndata: {source: {root: a}, target: {root: b}}", to: "near.yaml")
        let path = relative + folder.file("near.yaml").dropFirst()
        #expect(try ConfigurationFile.load(path).model.weights == folder.file("w.pth"))
    }

    @Test func tablesOfTextAreFoundTheSameWay() throws {
        let text = "method: {kind: dacs, textAlignment: {embeddings: ./t.safetensors}}\n"
        folder.write(text + "data: {source: {root: a}, target: {root: b}}", to: "text.yaml")
        let run = try ConfigurationFile.load(folder.file("text.yaml"))
        #expect(run.resolvedYAML().contains("embeddings: \"\(folder.file("t.safetensors"))\""))
    }
}
