public import Basics
internal import Glibc

/// `log.jsonl`: one JSON object a line, each with the `step` it belongs to and the `event` it tells of.
///
/// A line reaches the file by one append, so a killed run leaves whole lines and at most one torn one, which the next
/// opening removes. A run that goes on keeps the lines up to its checkpoint (`LogHistory`), so that each step is there
/// once, in order. Only rank zero holds a log.
public final class RunLog {
    private let descriptor: Int32
    private let path: String
    private let events: EventFile?

    /// Opens or makes the file.
    ///
    /// - Parameter resumedStep: the step of the checkpoint that the run continues from, 0 for one that begins: lines
    ///   that do not lead there are moved to `log.dropped.jsonl`, so that the file reads as if the run had never
    ///   stopped. nil keeps all lines.
    /// - Parameter eventFolder: also write the numbers there for TensorBoard; nil for none.
    /// - Throws: when the file cannot be opened or cut.
    public init(path: String, resumedStep: Int? = nil, eventFolder: String? = nil) throws(LogError) {
        self.path = path
        if let eventFolder {
            events = try EventFile(folder: eventFolder, resumedStep: resumedStep)
        } else {
            events = nil
        }
        try Self.shorten(path, to: resumedStep)
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure("cannot open", path) }
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

    /// Appends a line; `event` says what it tells of: `start`, `weights`, `train`, `evaluation`, `stop`, `end`.
    /// Members that are numbers go to TensorBoard under `event/name`.
    public func write(event: String, step: Int, _ members: [(String, JSONValue)]) throws(LogError) {
        let line = JSONValue.object([("step", .integer(step)), ("event", .string(event))] + members).text + "\n"
        let bytes = Array(line.utf8)
        let count = Glibc.write(descriptor, bytes, bytes.count)
        guard count == bytes.count else { throw Self.failure("cannot write all of a line to", path) }
        let scalars = members.compactMap { name, value in value.double.map { (tag: "\(event)/\(name)", value: $0) } }
        if !scalars.isEmpty { try events?.write(step: step, scalars) }
    }

    /// Brings all lines to the disk.
    public func flush() throws(LogError) {
        // A pipe or a device has no disk.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.failure("cannot flush", path) }
    }
}

extension RunLog {
    private static func failure(_ action: String, _ path: String) -> LogError {
        LogError("\(action) the log \(path): \(String(cString: strerror(errno))); check the folder and the space left")
    }

    /// Leaves of an older log what leads to a step.
    private static func shorten(_ path: String, to step: Int?) throws(LogError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot open", path) }
        defer { close(descriptor) }
        let bytes = try contents(of: descriptor, path: path)
        let history = LogHistory(bytes, leadingTo: step)
        if !history.dropped.isEmpty {
            try write(history.dropped, to: droppedPath(path), O_APPEND)
        }
        if bytes.starts(with: history.kept) {
            guard ftruncate(descriptor, off_t(history.kept.count)) == 0 else { throw failure("cannot shorten", path) }
        } else {
            try write(history.kept, to: path + ".partial", O_TRUNC)
            guard rename(path + ".partial", path) == 0 else { throw failure("cannot replace", path) }
        }
    }

    /// `log.dropped.jsonl` beside `log.jsonl`.
    private static func droppedPath(_ path: String) -> String {
        (path.hasSuffix(".jsonl") ? String(path.dropLast(".jsonl".count)) : path) + ".dropped.jsonl"
    }

    private static func write(_ bytes: [UInt8], to path: String, _ mode: Int32) throws(LogError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0o644)
        guard descriptor >= 0 else { throw failure("cannot open", path) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw failure("cannot write", path)
        }
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
