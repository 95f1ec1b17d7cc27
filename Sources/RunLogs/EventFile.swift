internal import Basics
internal import Glibc

/// A TensorBoard event file: records of `tensorflow.Event` messages
/// (tensorflow/core/util/event.proto; record format in tensorflow/core/lib/io/record_writer.h).
public final class EventFile {
    private let file: UnsafeMutablePointer<FILE>
    private let path: String

    /// Makes a new file in `folder`; the viewer reads all of a folder in order of their names.
    ///
    /// - Parameter resumedStep: the step that a run continues from, 0 for one that begins: later events are cut from
    ///   older files, and a viewer that has read them already is told.
    public convenience init(folder: String, resumedStep: Int? = nil) throws(LogError) {
        if let resumedStep { try Self.cut(folder, after: resumedStep) }
        // Later than the files before, whatever the clock says.
        let now = WallClock.seconds
        let seconds = max(Int(now), (try Self.files(in: folder).map(\.seconds).max() ?? 0) + 1)
        try self.init(path: "\(folder)/\(Self.prefix)\(seconds)\(Self.infix)\(getpid())", time: now)
        // The viewer drops events of this step and later ones.
        if let resumedStep, resumedStep > 0 { try write(Self.sessionStart(time: now, step: resumedStep + 1)) }
    }

    package init(path: String, time: Double) throws(LogError) {
        guard let file = fopen(path, "w") else { throw Self.failure(path) }
        self.file = file
        self.path = path
        try write(Self.version(time: time))
    }

    deinit { fclose(file) }

    /// Writes one number a tag.
    public func write(step: Int, _ scalars: [(tag: String, value: Double)]) throws(LogError) {
        try write(Self.summary(time: WallClock.seconds, step: step, scalars))
    }

    private func write(_ event: [UInt8]) throws(LogError) {
        let record = Self.record(event)
        guard fwrite(record, 1, record.count, file) == record.count, fflush(file) == 0 else {
            throw Self.failure(path)
        }
    }

    static let prefix = "events.out.tfevents."
    static let infix = ".causeway."

    static func failure(_ path: String) -> LogError {
        LogError("cannot write \(path): \(String(cString: strerror(errno))); check the folder and the space left")
    }
}

// MARK: - Bytes

extension EventFile {
    /// `length, masked CRC of length, data, masked CRC of data`, little endian.
    package static func record(_ data: [UInt8]) -> [UInt8] {
        let length = bytes(UInt64(data.count))
        return length + bytes(CRC32C.maskedChecksum(length)) + data + bytes(CRC32C.maskedChecksum(data))
    }

    /// The first event of every file.
    package static func version(time: Double) -> [UInt8] {
        var event = ProtocolBuffer()
        event.append(field: 1, double: time)
        event.append(field: 3, bytes: Array("brain.Event:2".utf8))
        return event.bytes
    }

    package static func summary(time: Double, step: Int, _ scalars: [(tag: String, value: Double)]) -> [UInt8] {
        var summary = ProtocolBuffer()
        for (tag, value) in scalars {
            var entry = ProtocolBuffer()
            entry.append(field: 1, bytes: Array(tag.utf8))
            entry.append(field: 2, float: Float(value))
            summary.append(field: 1, bytes: entry.bytes)
        }
        var event = header(time: time, step: step)
        event.append(field: 5, bytes: summary.bytes)
        return event.bytes
    }

    /// `SessionLog { status: START }`.
    private static func sessionStart(time: Double, step: Int) -> [UInt8] {
        var session = ProtocolBuffer()
        session.append(field: 1, varint: 1)
        var event = header(time: time, step: step)
        event.append(field: 7, bytes: session.bytes)
        return event.bytes
    }

    private static func header(time: Double, step: Int) -> ProtocolBuffer {
        var event = ProtocolBuffer()
        event.append(field: 1, double: time)
        event.append(field: 2, varint: UInt64(step))
        return event
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
