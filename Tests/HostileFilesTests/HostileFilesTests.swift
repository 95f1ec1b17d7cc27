import Basics
import Foundation
import Testing
import _TestSupport

/// Files that are damaged in any way are read or refused with an error that names them: no reader traps, hangs or takes
/// memory without bounds.
///
/// Every reader gets 40 files, and as many as the variable `CAUSEWAY_HOSTILE_FILES` says where it is set:
///
///     CAUSEWAY_HOSTILE_FILES=10000 swift test -c release --skip-build --filter HostileFilesTests
///
/// A file that ended the tests lies in the temporary folder as `causeway-hostile-<reader>`.
@Suite(.serialized) struct HostileFilesTests {
    private static let variable = "CAUSEWAY_HOSTILE_FILES"
    private static var count: Int { ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? 40 }
    private static let seed: UInt64 = 14
    /// No file here is larger than a few hundred kilobytes; the machine may be busy.
    private static let mostSeconds = 20.0

    @Test(arguments: Reader.all) func damagedFilesAreReadOrRefusedByName(_ reader: Reader) throws {
        let folder = TemporaryFolder()
        try reader.prepare(folder.path)
        let path = "\(folder.path)/\(reader.file)"
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        // What is tried below is a file that is read.
        try reader.read(folder.path)
        let evidence = "\(NSTemporaryDirectory())/causeway-hostile-\(reader.name)"
        var (accepted, refused) = (0, 0)
        for number in 0..<Self.count {
            var mutation = Mutation(seed: Self.seed, reader.name, number)
            let bytes = mutation.changed(whole, isText: reader.isText)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            try Data(bytes).write(to: URL(fileURLWithPath: evidence))
            let start = MonotonicClock.seconds
            do {
                try reader.read(folder.path)
                accepted += 1
            } catch {
                refused += 1
                let text = "\(error)"
                #expect(
                    reader.marks.contains(where: text.contains),
                    "\(reader.name) \(number): an error that names no file: \(text)")
            }
            let seconds = MonotonicClock.seconds - start
            #expect(seconds < Self.mostSeconds, "\(reader.name) \(number): took \(seconds) s")
        }
        try FileManager.default.removeItem(atPath: evidence)
        #expect(accepted + refused == Self.count && (refused > 0 || reader.isLenient))
        if Self.count > 40 { print("\(reader.name): \(Self.count) files, \(refused) refused, \(accepted) read") }
    }
}
