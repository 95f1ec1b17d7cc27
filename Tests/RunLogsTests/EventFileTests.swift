import RunLogs
import Testing
import _TestSupport

@Suite struct EventFileTests {
    /// The check value of the CRC catalogue for CRC-32/ISCSI.
    @Test func theChecksumIsCastagnolis() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    /// Every file that TensorFlow writes begins with these bytes: a version event of 24 bytes.
    @Test func aFileBeginsAsTensorFlowsDo() {
        let record = EventFile.record(EventFile.version(time: 1.5))
        #expect(record.prefix(13) == [0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22, 0x09])
        #expect(record.count == 8 + 4 + 24 + 4)
    }

    /// The message of `Event(wall_time=0, step=300, summary=Summary(value=[Value(tag="a", simple_value=1.0)]))`.
    @Test func aNumberIsASummaryEvent() {
        let event = EventFile.summary(time: 0, step: 300, [(tag: "a", value: 1)])
        let value: [UInt8] = [0x0A, 1, 0x61, 0x15, 0, 0, 0x80, 0x3F]
        #expect(event == [0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0xAC, 0x02, 0x2A, 10, 0x0A, 8] + value)
    }

    @Test func theLogWritesItsNumbersAsEvents() throws {
        let folder = TemporaryFolder()
        let events = folder.path + "/e"
        let log = folder.write("", to: "log.jsonl")
        #expect { try RunLog(path: log, eventFolder: events) } throws: { "\($0)".hasPrefix("cannot write \(events)/") }
    }
}
