import Basics
import Foundation
import Testing
import _TestSupport

@Suite struct RegularFileTests {
    @Test func theBytesOfAFileAreRead() throws {
        let folder = TemporaryFolder()
        let path = folder.write("abc", to: "a.txt")
        #expect(try RegularFile.bytes(of: path) == Array("abc".utf8))
        #expect(try RegularFile.bytes(of: path, atMost: 3) == Array("abc".utf8))
        #expect(try RegularFile.bytes(of: folder.write("", to: "b.txt")).isEmpty)
        #expect(throws: FileReadError.self) { try RegularFile.bytes(of: path, atMost: 2) }
    }

    /// Such as those of `/proc`, which say that they are empty.
    @Test func aFileThatHidesItsSizeIsReadToItsEnd() throws {
        #expect(try !RegularFile.bytes(of: "/proc/self/status").isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNoFileIsNamedAndNeverWaitedFor() throws {
        let folder = TemporaryFolder()
        let pipe = folder.file("pipe")
        try #require(mkfifo(pipe, 0o644) == 0)
        let cases = [
            (pipe, "is a pipe, not a file"), (folder.path, "is a folder, not a file"),
            ("/dev/zero", "is a device, not a file"), ("/dev/null", "is a device, not a file"),
            (folder.file("absent"), "No such file or directory"),
        ]
        for (path, text) in cases {
            let error = #expect(throws: FileReadError.self) { try RegularFile.bytes(of: path) }
            #expect(error?.description == text)
            #expect(throws: FileReadError.self) { try RegularFile.require(path) }
        }
    }
}
