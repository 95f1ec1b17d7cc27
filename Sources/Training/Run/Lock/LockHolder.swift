internal import Basics
internal import Collectives
internal import FoundationEssentials
internal import Glibc

/// Who holds a folder: a process, told apart from every other one that ever had its number.
package struct LockHolder: Codable, Equatable, Sendable {
    package enum State: Sendable {
        case alive, dead
        /// Of another machine, or hidden from this process.
        case unknown
    }

    package var host: String
    /// Of the machine since it was started: host names need not be unique, and copies of a machine share this.
    package var bootID: String
    /// Process numbers mean something in it only.
    package var processNamespace: String
    package var process: Int32
    /// Clock ticks from the machine's start to the process's.
    package var processStart: UInt64
    /// When the folder was taken, in UTC.
    package var since: String
    /// Tells two locks of one process apart.
    package var nanoseconds: Int

    /// This process, now.
    package static func current() -> LockHolder {
        let now = WallClock.now
        var link = [CChar](repeating: 0, count: 256)
        readlink("/proc/self/ns/pid", &link, link.count - 1)
        return LockHolder(
            host: HostName.current, bootID: boot, processNamespace: text(link), process: getpid(),
            processStart: start(of: getpid()) ?? 0, since: utc(now.seconds), nanoseconds: now.nanoseconds)
    }

    /// Whether the process still runs.
    package var state: State {
        let own = Self.current()
        guard !bootID.isEmpty, (host, bootID, processNamespace) == (own.host, own.bootID, own.processNamespace) else {
            return .unknown
        }
        if let start = Self.start(of: process) { return start == processStart ? .alive : .dead }
        // A process of somebody else may be hidden.
        return kill(process, 0) == 0 || errno == EPERM ? (Self.isZombie(process) ? .dead : .unknown) : .dead
    }

    /// `process 123 on node1, since 2026-11-26T01:02:03Z`
    package var description: String { "process \(process) on \(host), since \(since)" }
}

// MARK: - What the system says

extension LockHolder {
    private static var boot: String {
        let text = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        return String(decoding: text.filter { $0 > 32 }, as: UTF8.self)
    }

    /// nil for a process that has ended, waited for by its parent or not, and for one that cannot be seen.
    private static func start(of process: Int32) -> UInt64? {
        let fields = fields(of: process)
        guard fields.count > 19, !ended.contains(fields[0]) else { return nil }
        return UInt64(fields[19])
    }

    private static func isZombie(_ process: Int32) -> Bool { fields(of: process).first.map(ended.contains) ?? false }

    /// States of a process that only waits for its parent to ask.
    private static let ended: Set<String> = ["Z", "X", "x"]

    /// Fields of `/proc/<pid>/stat` from the state on: the name before may hold anything (proc(5)).
    private static func fields(of process: Int32) -> [String] {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat"),
            let end = data.lastIndex(of: UInt8(ascii: ")"))
        else { return [] }
        return String(decoding: data[(end + 1)...], as: UTF8.self).split(separator: " ").map(String.init)
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func utc(_ seconds: Int) -> String {
        var (time, parts) = (seconds, tm())
        gmtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return text(buffer)
    }
}
