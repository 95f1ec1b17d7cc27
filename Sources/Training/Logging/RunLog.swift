internal import Glibc

/// `log.jsonl`: one JSON object a line, each with the `step` it belongs to and the `event` it tells of.
///
/// A line reaches the file by one append, so a killed run leaves whole lines and at most one torn one, which the next
/// opening removes. Only rank zero holds a log.
public final class RunLog {
    private let descriptor: Int32
    private let path: String
    private let events: EventFile?

    /// Opens or makes the file.
    ///
    /// - Parameter resumedStep: the step of the checkpoint that the run continues from: later lines are removed, so
    ///   that the file reads as if the run had never stopped. nil keeps all lines.
    /// - Parameter eventFolder: also write the numbers there for TensorBoard; nil for none.
    /// - Throws: when the file cannot be opened or cut.
    public init(path: String, resumedStep: Int? = nil, eventFolder: String? = nil) throws(LogError) {
        self.path = path
        if let eventFolder {
            events = try EventFile(folder: eventFolder, resumedStep: resumedStep)
        } else {
            events = nil
        }
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure("cannot open", path) }
        let kept = try Self.keptBytes(of: descriptor, path: path, lastStep: resumedStep)
        guard ftruncate(descriptor, off_t(kept)) == 0 else { throw Self.failure("cannot shorten", path) }
    }

    deinit { close(descriptor) }

    /// Whether the log has a line of this event and step.
    public func contains(event: String, step: Int) throws(LogError) -> Bool {
        let start = Array("{\"step\":\(step),\"event\":\"\(event)\"".utf8)
        let bytes = try Self.contents(of: descriptor, path: path)
        return bytes.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: start) }
    }

    /// Appends a training record.
    public func write(_ record: StepRecord) throws(LogError) {
        try write(event: "train", step: record.step, record.members)
    }

    /// Appends a line; `event` says what it tells of: `start`, `train`, `evaluation`, `checkpoint`, `warning`. Members
    /// that are numbers go to TensorBoard under `event/name`.
    public func write(event: String, step: Int, _ members: [(String, JSONValue)]) throws(LogError) {
        let line = JSONValue.object([("step", .integer(step)), ("event", .string(event))] + members).text + "\n"
        let bytes = Array(line.utf8)
        let count = Glibc.write(descriptor, bytes, bytes.count)
        guard count == bytes.count else { throw Self.failure("cannot write all of a line to", path) }
        let scalars = members.compactMap { name, value in value.double.map { (tag: "\(event)/\(name)", value: $0) } }
        if !scalars.isEmpty { try events?.write(step: step, scalars) }
    }
}

extension RunLog {
    private static func failure(_ action: String, _ path: String) -> LogError {
        LogError("\(action) the log \(path): \(String(cString: strerror(errno))); check the folder and the space left")
    }

    /// Length of the whole lines up to and including `lastStep`.
    private static func keptBytes(of descriptor: Int32, path: String, lastStep: Int?) throws(LogError) -> Int {
        let bytes = try contents(of: descriptor, path: path)
        var kept = 0
        while let end = bytes[kept...].firstIndex(of: UInt8(ascii: "\n")) {
            if let lastStep, step(ofLine: bytes[kept..<end]) > lastStep { break }
            kept = end + 1
        }
        return kept
    }

    /// The number after the `{"step":` that every line begins with; 0 for a line of another make.
    private static func step(ofLine line: ArraySlice<UInt8>) -> Int {
        let prefix = Array("{\"step\":".utf8)
        guard line.starts(with: prefix) else { return 0 }
        let digits = line.dropFirst(prefix.count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    private static func contents(of descriptor: Int32, path: String) throws(LogError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot measure", path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(filled))
            }
            guard count > 0 else { throw failure("cannot read", path) }
            filled += count
        }
        return bytes
    }
}
