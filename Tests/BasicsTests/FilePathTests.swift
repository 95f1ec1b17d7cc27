import Basics
import Foundation
import Testing

@Suite struct FilePathTests {
    /// Those of `dirname` and `basename`.
    @Test(arguments: [
        ("a/b/c", "a/b", "c"), ("a/b/c/", "a/b", "c"), ("c", ".", "c"), ("/c", "/", "c"), ("/a/c//", "/a", "c"),
        ("a//c", "a", "c"), ("./c", ".", "c"), ("/", "/", ""), ("../c", "..", "c"), ("ä/ö.png", "ä", "ö.png"),
    ])
    func folderAndNameAreThoseOfTheShell(path: String, folder: String, name: String) {
        #expect(FilePath.folder(of: path) == folder)
        #expect(FilePath.name(of: path) == name)
    }

    @Test(arguments: [
        ("x/setting.yaml", "base.yaml", "x/base.yaml"), ("setting.yaml", "base.yaml", "base.yaml"),
        ("/setting.yaml", "base.yaml", "/base.yaml"), ("x/setting.yaml", "/base.yaml", "/base.yaml"),
        ("x/setting.yaml", "../base.yaml", "x/../base.yaml"),
    ])
    func whatLiesBesideAFileIsToldFromItsFolder(file: String, path: String, expected: String) {
        #expect(FilePath.beside(file, path) == expected)
    }

    @Test func anAbsolutePathStartsAtTheWorkingFolder() {
        let here = FileManager.default.currentDirectoryPath
        #expect(FilePath.absolute("a/./b/../c") == "\(here)/a/c")
        #expect(FilePath.absolute("a", in: "b") == "\(here)/b/a")
        #expect(FilePath.absolute("../a", in: "/b/c") == "/b/a")
        #expect(FilePath.absolute("/../a/") == "/a" && FilePath.absolute("/") == "/" && FilePath.absolute(".") == here)
    }

    @Test func linksAreFollowedWhereThereIsSuchAFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "paths-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appending(path: "file"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link"), withDestinationURL: folder.appending(path: "file"))
        #expect(FilePath.resolved(folder.path + "/link") == FilePath.resolved(folder.path + "/./file"))
        #expect(FilePath.resolved(folder.path + "/link")?.hasSuffix("/file") == true)
        #expect(FilePath.resolved(folder.path + "/nothing") == nil)
    }
}
