import Foundation
import RunLogs
import Testing
import _TestSupport

/// A log of a run that went on reads as if the run had never stopped; what does not lead there is kept elsewhere.
@Suite struct LogHistoryTests {
    private let folder = TemporaryFolder()

    private func line(_ step: Int, _ event: String) -> String { "{\"step\":\(step),\"event\":\"\(event)\"}\n" }

    /// Opens a log of these lines at a step.
    ///
    /// - Returns: what it holds then, and what was dropped.
    private func opened(_ text: String, at step: Int) throws -> (log: String, dropped: String) {
        let path = folder.write(text, to: "log.jsonl")
        let dropped = folder.file("log.dropped.jsonl")
        try? FileManager.default.removeItem(atPath: dropped)
        _ = try RunLog(path: path, resumedStep: step)
        return (
            try String(contentsOfFile: path, encoding: .utf8),
            (try? String(contentsOfFile: dropped, encoding: .utf8)) ?? ""
        )
    }

    @Test func aRunThatBeginsHasAnEmptyLog() throws {
        let old = line(0, "start") + line(1, "train") + line(2, "train")
        let found = try opened(old + "{\"step\":3,\"ev", at: 0)
        #expect(found.log.isEmpty)
        #expect(found.dropped == old)
    }

    @Test func stepsOfTwoAttemptsAreThereOnce() throws {
        let first = line(0, "start") + line(1, "train") + line(2, "train")
        let found = try opened(first + line(0, "start") + line(1, "train") + line(2, "train") + line(3, "train"), at: 3)
        #expect(found.log == first + line(3, "train"))
        #expect(found.dropped == line(0, "start") + line(1, "train") + line(2, "train"))
    }

    /// Nothing came of an earlier attempt at the same step, and a run that goes on has not ended.
    @Test func anEndAndAStartWithoutStepsGo() throws {
        let kept = line(0, "start") + line(4, "train") + line(4, "evaluation")
        let gone = line(4, "start") + line(4, "weights") + line(4, "end")
        let found = try opened(kept + line(4, "stop") + gone, at: 4)
        #expect(found.log == kept + line(4, "stop"))
        #expect(found.dropped == gone)
    }

    @Test func anEndBeforeLaterStepsGoes() throws {
        let kept = line(0, "start") + line(20, "train")
        let found = try opened(kept + line(20, "end") + line(20, "start") + line(10, "end"), at: 20)
        #expect(found.log == kept)
    }

    @Test func whatIsNoLineOfALogGoes() throws {
        let kept = line(0, "start") + line(1, "train")
        let strange = "hello\n\n{\"step\":99999999999999999999}\n{\"step\":1,\"eve\u{0}}\n{\"step\":-1}\n"
        let found = try opened(kept + strange + line(2, "train"), at: 2)
        #expect(found.log == kept + line(2, "train"))
        #expect(found.dropped == strange)
    }

    @Test func aFolderInPlaceOfTheLogIsNamed() throws {
        let path = folder.file("folder.jsonl")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect { try RunLog(path: path, resumedStep: 0) } throws: {
            "\($0)".hasPrefix("cannot open the log \(path): ")
        }
    }
}

@Suite struct EventFileCuttingTests {
    private let folder = TemporaryFolder()

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: folder.file(name))))
    }

    private func write(_ steps: [Int], name: String, torn: Int = 0) throws -> [UInt8] {
        let records = [EventFile.version(time: 1)] + steps.map { EventFile.summary(time: 2, step: $0, [("loss", 0.5)]) }
        let bytes = records.flatMap { EventFile.record($0) }
        try Data(bytes.dropLast(torn)).write(to: URL(filePath: folder.file(name)))
        return bytes
    }

    @Test func laterEventsAndTornOnesGo() throws {
        let name = "events.out.tfevents.100.causeway.7"
        _ = try write([1, 2, 300, 301], name: name)
        let kept = try write([1, 2], name: "reference")
        try EventFile.cut(folder.path, after: 299)
        #expect(try bytes(name) == kept)
        _ = try write([1, 2, 3], name: name, torn: 3)
        try EventFile.cut(folder.path, after: 299)
        #expect(try bytes(name) == kept)
    }

    @Test func aRunThatBeginsLeavesNoneOfItsOwnAndAllOfOthers() throws {
        _ = try write([1], name: "events.out.tfevents.100.causeway.7")
        _ = try write([1], name: "events.out.tfevents.100.other")
        try EventFile.cut(folder.path, after: 0)
        #expect(try files() == ["events.out.tfevents.100.other"])
    }

    /// A viewer reads files in the order of their names.
    @Test func aNewFileIsNamedAfterTheOlderOnes() throws {
        let late = "events.out.tfevents.9999999999.causeway.7"
        _ = try write([1], name: late)
        _ = try EventFile(folder: folder.path, resumedStep: 1)
        let names = try files()
        #expect(names.count == 2)
        #expect(names.contains { $0.hasPrefix("events.out.tfevents.10000000000.causeway.") })
    }

    @Test func noDamagedByteIsATrap() throws {
        let name = "events.out.tfevents.100.causeway.7"
        let whole = try write([1, 2], name: name)
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0xFF
            try Data(damaged).write(to: URL(filePath: folder.file(name)))
            try EventFile.cut(folder.path, after: 5)
            if try files().contains(name) { #expect(whole.starts(with: try bytes(name))) }
        }
    }
}
