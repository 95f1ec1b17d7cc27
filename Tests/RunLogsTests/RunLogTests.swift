import Basics
import Glibc
import RunLogs
import Testing
import _TestSupport

/// The whole text of a small file.
private func contents(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
}

@Suite struct RunLogTests {
    @Test func aRecordIsOneLine() throws {
        let folder = TemporaryFolder()
        let path = folder.write("", to: "log.jsonl")
        let record = StepRecord(
            step: 10, losses: [.init("source", 1.5), .init("mix", 0.25)], learningRate: 0.001, imagesPerSecond: 8,
            loaderWaitSeconds: 0.5, peakMemoryBytes: 1024, systemAllocations: 3, skippedSteps: 1, badSamples: 2,
            extras: [.init("q", 0.5)])
        try RunLog(path: path).write(record)
        #expect(
            contents(of: path) == """
                {"step":10,"event":"train","loss":1.75,"loss.source":1.5,"loss.mix":0.25,"learningRate":0.001,\
                "imagesPerSecond":8.0,"loaderWaitSeconds":0.5,"peakMemoryBytes":1024,"systemAllocations":3,\
                "skippedSteps":1,"badSamples":2,\
                "q":0.5}

                """)
    }

    @Test func openingAgainContinuesAndDropsATornLine() throws {
        let folder = TemporaryFolder()
        let path = folder.write("{\"step\":1}\n{\"step\":2}\n{\"ste", to: "log.jsonl")
        try RunLog(path: path).write(event: "warning", step: 3, [("text", "a \"b\"\n")])
        #expect(
            contents(of: path) == """
                {"step":1}
                {"step":2}
                {"step":3,"event":"warning","text":"a \\"b\\"\\n"}

                """)
    }

    @Test func linesAreFoundByEventAndStep() throws {
        let folder = TemporaryFolder()
        let log = try RunLog(path: folder.write("", to: "log.jsonl"))
        try log.write(event: "evaluation", step: 20, [("mIoU", .number(30))])
        #expect(try log.contains(event: "evaluation", step: 20))
        #expect(try !log.contains(event: "evaluation", step: 2))
        #expect(try !log.contains(event: "end", step: 20))
    }

    @Test func resumingDropsWhatCameAfterTheCheckpoint() throws {
        let folder = TemporaryFolder()
        let path = folder.write("{\"step\":1}\n{\"step\":2,\"a\":1}\n{\"step\":10}\n", to: "log.jsonl")
        _ = try RunLog(path: path, resumedStep: 2)
        #expect(contents(of: path) == "{\"step\":1}\n{\"step\":2,\"a\":1}\n")
    }

    @Test func aMissingFolderIsNamed() {
        #expect { try RunLog(path: "/nonexistent/log.jsonl") } throws: { error in
            "\(error)" == "cannot open the log /nonexistent/log.jsonl: No such file or directory; "
                + "check the folder and the space left"
        }
    }

    @Test func numbersThatAreNotFiniteAreNull() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity), 1, 0.5, true, .null, "\u{1}"]).text
            == "[null,null,1,0.5,true,null,\"\\u0001\"]")
    }

    /// A pass that is skipped in some steps leaves its terms out of them.
    @Test func termsOfSeveralStepsAddUpByTheirNames() {
        var terms: [StepRecord.Term] = []
        terms.add([("source", 1), ("mixed", 2)])
        terms.add([("source", 3), ("objects", 4), ("mixed", 5)])
        terms.add([("source", 6)])
        #expect(terms == [.init("source", 10), .init("mixed", 7), .init("objects", 4)])
    }
}
