import Collectives
import FoundationEssentials
import Testing
import Training
import _TestSupport

@Suite struct PresenceTests {
    private let folder = TemporaryFolder()

    private func presence(_ name: String) -> [String] {
        RankFacts(presenceOf: [folder.file(name)]).lines.map { $0.replacing(folder.file(name), with: name) }
    }

    @Test func aLinkToNowhereIsThereForEverybodyWhoLooks() throws {
        folder.write("weights", to: "file")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("nowhere"))
        #expect(presence("file") == ["file: present"])
        #expect(presence("link") == ["link: present"])
        #expect(presence("nowhere") == ["nowhere: missing"])
        #expect(presence("file/below") == ["file/below: missing"])
    }
}
