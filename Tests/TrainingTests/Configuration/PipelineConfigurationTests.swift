import Collectives
import Foundation
import Testing
import Training
import _TestSupport

@Suite struct PipelineConfigurationTests {
    private static let folder = RepositoryFile.path("configs/pipelines")
    private static let files = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    /// Every stage of every pipeline that is delivered can be trained; data folders need not be there.
    @Test(arguments: files) func deliveredPipelinesCanBeRun(file: String) throws {
        for name in ["CAUSEWAY_DATA", "CITYSCAPES", "URBANSYN", "SYNSCAPES", "SYNTHIA", "KITTI360"]
        where getenv(name) == nil {
            setenv(name, "/nowhere", 1)
        }
        let out = TemporaryFolder().file("out")
        // Here there is one rank.
        let changes = file.contains("teacher") ? ["adapted.distribution.teachers=0"] : []
        _ = try PipelineRun(
            file: "\(Self.folder)/\(file)", changes: changes, options: .init(outputFolder: out, resumes: false),
            world: SingleProcessGroup())
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test func thereAreSome() { #expect(Self.files.contains("toytown-instance.yaml")) }

    /// The six benchmarks of UDA4Inst, and the rows of its tables.
    @Test func thePublishedPipelinesAreThere() {
        for source in ["urbansyn", "synscapes", "synthia"] {
            for target in ["cityscapes", "kitti-360"] {
                for row in ["", "-category"] { #expect(Self.files.contains("\(source)-to-\(target)\(row).yaml")) }
            }
            for row in ["instances", "patches"] { #expect(Self.files.contains("\(source)-to-kitti-360-\(row).yaml")) }
            #expect(Self.files.contains("\(source)-to-\(source)-category.yaml"))
        }
        let rows = [
            "no-pool", "one-model", "one-model-no-pool", "one-model-source-to-target", "one-model-target-to-source",
        ]
        for row in rows + ["category-1", "category-2", "category-3"] {
            #expect(Self.files.contains("urbansyn-to-cityscapes-\(row).yaml"))
            #expect(Self.files.contains("instance-render-to-camera/\(row).yaml"))
        }
    }

    /// A row that is in no list is never trained.
    @Test func theEvidenceTrainsEveryRow() throws {
        let script = try RepositoryFile.text("launch/evidence")
        for row in Self.files where row.hasPrefix("instance-render-to-camera/") {
            let name = row.dropFirst("instance-render-to-camera/".count).dropLast(".yaml".count)
            let lines = script.split(separator: "\n").filter { $0.hasPrefix("    instance-render-to-camera/") }
            #expect(lines.contains { $0.split { "{,}/".contains($0) }.contains(name) }, "\(row)")
        }
    }

    private func run(_ text: String, _ changes: [String] = [], stage: String? = nil) throws -> PipelineRun {
        let folder = TemporaryFolder()
        let file = folder.write(
            """
            name: test
            groups: [{name: all, classes: [person, rider, car, truck, bus, train, motorcycle, bicycle]}]
            source: \(RepositoryFile.path("configs/toytown/instance-source-only.yaml"))
            \(text)
            """, to: "pipeline.yaml")
        return try PipelineRun(
            file: file, changes: changes,
            options: .init(outputFolder: folder.file("out"), resumes: false, stage: stage), world: SingleProcessGroup())
    }

    @Test func aStageThatIsLeftOutIsNeitherChangedNorAskedFor() throws {
        _ = try run("")
        for (changes, stage, text) in [
            (
                ["adapted.training.steps=5"], String?.none,
                "the pipeline has no such stage, so that 'adapted.training.steps=5'"
            ),
            (["final.name=x"], nil, "the pipeline has no such stage, so that 'final.name=x' would change nothing"),
            ([], "final", "--stage final: the pipeline has no such stage; it has source, fusion"),
        ] {
            #expect {
                _ = try run("", changes, stage: stage)
            } throws: { error in "\(error)".contains(text) }
        }
    }
}
