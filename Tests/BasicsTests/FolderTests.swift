import Basics
import Foundation
import Testing
import _TestSupport

@Suite struct FolderTests {
    private let folder = TemporaryFolder()

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: folder.file(name), withDestinationPath: target)
    }

    @Test func namesAreSortedByBytesAndBytesThatAreNoTextAreShown() throws {
        folder.write("", to: "b")
        folder.write("", to: "Z")
        // Latin-1.
        let bytes = Array(folder.path.utf8) + [UInt8(ascii: "/"), 0x63, 0x61, 0x66, 0xE9, 0]
        let file = bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o644) } ?? -1
            }
        }
        try #require(file >= 0)
        close(file)
        let entries = try #require(FolderListing.entries(of: folder.path))
        #expect(entries.map(\.name) == ["Z", "b", "caf\\xE9"])
        #expect(entries.map(\.isText) == [true, true, false])
        #expect(
            entries[2].refusal(in: "f").contains("f/caf\\xE9: its name is no UTF-8: the bytes written as \\x are of"))
        #expect(FolderListing.entries(of: folder.file("no")) == nil)
    }

    @Test func aWalkDoesNotEnterAFolderThatItIsInNorOneAbove() throws {
        folder.makeFolder("a/b")
        try link("a/b/again", to: "..")
        try link("a/b/above", to: folder.path)
        try link("a/b/root", to: "/")
        let walk = FolderWalk()
        let top = try #require(walk.entering(folder.file("a")))
        let inner = try #require(walk.entering(folder.file("a/b"), from: top))
        for name in ["again", "above", "root"] {
            #expect(walk.entering(folder.file("a/b/\(name)"), from: inner) == nil, "\(name)")
            #expect(walk.leadsBack(folder.file("a/b/\(name)"), from: inner))
        }
        #expect(walk.folders == [folder.file("a"), folder.file("a/b")])
    }

    /// Twelve folders of which each links to all others: half a billion ways.
    @Test func aNetOfLinksEnds() throws {
        let names = (0..<12).map { "n\($0)" }
        for name in names { folder.makeFolder("net/\(name)") }
        for name in names {
            for other in names where other != name { try link("net/\(name)/to-\(other)", to: "../\(other)") }
        }
        let walk = FolderWalk()
        var visits = 0
        func visit(_ path: String, _ way: FolderWalk.Way) {
            visits += 1
            for entry in FolderListing.entries(of: path) ?? [] {
                guard let inner = walk.entering("\(path)/\(entry.name)", from: way) else { continue }
                visit("\(path)/\(entry.name)", inner)
            }
        }
        visit(folder.file("net"), try #require(walk.entering(folder.file("net"))))
        #expect((13...12 * 8 + 1).contains(visits))
    }
}
