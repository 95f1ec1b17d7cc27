import Foundation
import Testing
import Training
import _TestSupport

/// What a stage of a pipeline was begun with is found again, by names.
@Suite struct StageInputsTests {
    private let folder = TemporaryFolder()

    private func inputs(_ values: (path: String, text: String)...) throws -> StageInputs {
        try StageInputs(files: [], values: values)
    }

    private func lines(_ inputs: StageInputs) -> [String] { inputs.differences(in: folder.path).map(\.description) }

    private func write(_ text: String) { _ = folder.write(text, to: StageInputs.fileName) }

    @Test func theyAreLinesThatAnybodyCanRead() throws {
        try inputs(("fusion.minScore", "0.9"), ("data.target.root", "a=b")).claim(folder.path)
        let text = try String(contentsOfFile: folder.file(StageInputs.fileName), encoding: .utf8)
        #expect(text == "fusion.minScore=0.9\ndata.target.root=a=b\n")
        #expect(try lines(inputs(("fusion.minScore", "0.9"), ("data.target.root", "a=b"))) == [])
    }

    @Test func whatDiffersIsNamedWithBothValues() throws {
        try inputs(("fusion.minScore", "0.9"), ("fusion.minArea", "100")).claim(folder.path)
        let changed = try inputs(("fusion.minScore", "0.5"), ("fusion.minArea", "100"))
        #expect(lines(changed) == ["fusion.minScore: '0.9', now '0.5'"])
        #expect {
            try changed.claim(folder.path)
        } throws: { error in
            "\(error)".contains("\(folder.path): was begun with something else")
                && "\(error)".contains("fusion.minScore: '0.9', now '0.5'")
        }
    }

    @Test func aKeyThatALaterVersionAddsIsNoDifference() throws {
        write("fusion.minScore=0.9\n")
        #expect(try lines(inputs(("fusion.minScore", "0.9"), ("fusion.newKey", "3"))) == [])
        #expect(try lines(inputs(("fusion.minScore", "0.90"), ("data.target.other.key", "3"))) == [])
    }

    @Test func aSectionThatComesOrGoesIsADifference() throws {
        write("fusion.egoRegion=null\n")
        #expect(
            try lines(inputs(("fusion.egoRegion.height", "1024"))) == ["fusion.egoRegion.height: 'null', now '1024'"])
        write("fusion.egoRegion.height=1024\n")
        #expect(try lines(inputs(("fusion.egoRegion", "null"))) == ["fusion.egoRegion.height: '1024', now 'null'"])
    }

    /// The first version printed structs.
    @Test func pipelinesOfTheFirstVersionGoOn() throws {
        write(
            """
            weights of vehicle d65ab259ae72e550
            fusion FusionConfiguration(minScore: 0.0, minShareLeft: 0.5, minArea: 1, egoRegion: nil)
            target DatasetConfiguration(kind: Datasets.DatasetKind.toytown, root: "a=b", split: Datasets.DatasetSplit.train)

            """)
        func now(_ digest: String, minScore: String) throws -> StageInputs {
            try inputs(
                ("weights of vehicle", digest), ("fusion.minScore", minScore), ("fusion.minShareLeft", "0.5"),
                ("fusion.minArea", "1"), ("data.target.root", "a=b"))
        }
        #expect(try lines(now("d65ab259ae72e550", minScore: "0")) == [])
        #expect(
            try lines(now("0123", minScore: "0.5")) == [
                "weights of vehicle: 'd65ab259ae72e550', now '0123'", "fusion.minScore: '0.0', now '0.5'",
            ])
        write("labels of stage fusion 423 bytes with hash 3b32\n")
        #expect(try lines(inputs(("labels of stage fusion", "423 bytes with hash 3b33"))).count == 1)
    }
}
