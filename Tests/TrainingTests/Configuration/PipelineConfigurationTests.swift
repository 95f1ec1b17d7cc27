import Collectives
import Foundation
import Testing
import Training
import _TestSupport

@Suite struct PipelineConfigurationTests {
    private static let folder = RepositoryFile.path("configs/pipelines")
    private static let files =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()

    /// Every stage of every pipeline that is delivered can be trained; data folders need not be there.
    @Test(arguments: files) func deliveredPipelinesCanBeRun(file: String) throws {
        for name in ["CAUSEWAY_DATA", "CITYSCAPES", "URBANSYN", "SYNSCAPES", "SYNTHIA", "KITTI360"] where getenv(name) == nil {
            setenv(name, "/nowhere", 1)
        }
        let out = TemporaryFolder().file("out")
        _ = try PipelineRun(
            file: "\(Self.folder)/\(file)", changes: [], options: .init(outputFolder: out, resumes: false),
            world: SingleProcessGroup())
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test func thereAreSome() { #expect(Self.files.contains("toytown-instance.yaml")) }
}
