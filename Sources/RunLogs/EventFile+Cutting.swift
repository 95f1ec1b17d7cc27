internal import Basics
internal import FoundationEssentials
internal import Glibc

/// Older event files of a folder, cut where a run goes on: viewers differ in what they make of steps that come twice.
extension EventFile {
    /// The files of ours in a folder, with the time in their names.
    static func files(in folder: String) throws(LogError) -> [(path: String, seconds: Int)] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw LogError("cannot write \(folder)/\(prefix)…: \(error); check the folder and the space left")
        }
        return names.sorted().compactMap { name in
            guard name.hasPrefix(prefix), name.contains(infix) else { return nil }
            let digits = name.dropFirst(prefix.count).prefix { $0 != "." }
            // A name of another make may have any number.
            return Int(digits).flatMap { $0 < 1 << 40 ? ("\(folder)/\(name)", $0) : nil }
        }
    }

    /// Removes events after a step, and what a killed run left half written; files without any event go.
    package static func cut(_ folder: String, after step: Int) throws(LogError) {
        for (path, _) in try files(in: folder) {
            guard let bytes = RegularFile.contents(of: path) else { throw failure(path) }
            // A run that begins tells of its start, at step 0, itself.
            let kept = step > 0 ? keptBytes(of: bytes, after: step) : (count: 0, hasNumbers: false)
            let status = kept.hasNumbers ? truncate(path, off_t(kept.count)) : unlink(path)
            guard status == 0 else { throw failure(path) }
        }
    }

    /// Length of the whole records up to the first one after a step.
    private static func keptBytes(of bytes: [UInt8], after last: Int) -> (count: Int, hasNumbers: Bool) {
        var (position, hasNumbers) = (0, false)
        while let record = record(in: bytes, at: position), record.step <= UInt64(last) {
            if record.hasSummary { hasNumbers = true }
            position = record.end
        }
        return (position, hasNumbers)
    }

    private struct Record {
        var end: Int
        var step: UInt64 = 0
        var hasSummary = false
    }

    /// nil where no whole record begins.
    private static func record(in bytes: [UInt8], at start: Int) -> Record? {
        // Length and its checksum before, a checksum behind.
        guard bytes.count - start >= 16 else { return nil }
        let length = bytes[start..<start + 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - start - 16) else { return nil }
        let end = start + 16 + Int(length)
        let event = Array(bytes[start + 12..<end - 4])
        guard Self.record(event).elementsEqual(bytes[start..<end]) else { return nil }
        var record = Record(end: end)
        var fields = ProtocolBufferFields(event)
        while let (field, value) = fields.next() {
            if field == 2 { record.step = value }
            if field == 5 { record.hasSummary = true }
        }
        return record
    }
}
