internal import Basics
internal import Collectives
internal import FoundationEssentials
internal import Glibc
internal import NN
internal import Synchronization

/// A file that stands for the right to write into its folder: whoever makes it has the right until it is removed.
///
/// It works on NFS, where locks of the system may not: the file is written under another name and gets its own by
/// `link`, which succeeds once. Its time is renewed while the holder lives (`touch`). A holder that died leaves it
/// behind. On the same machine that is seen from the process; elsewhere the file's time tells, compared with the time
/// of a new file there, so that clocks do not matter.
///
/// Among several who see a dead holder one may remove the file: the one who makes the claim, a file named after the
/// content of the lock. So nobody removes the lock of another who was faster.
package struct LockFile: Sendable {
    package struct Timing: Sendable {
        /// Between two signs of life.
        package var beatSeconds = 5.0
        /// Without a sign of life for so long, a holder that cannot be looked at is dead.
        package var silenceSeconds = 60.0
        /// For a holder that is about to end: a job that was killed and started again at once.
        package var graceSeconds = 5.0
        var pollSeconds: Double { min(0.25, beatSeconds / 4) }

        package init() {}
        package init(beatSeconds: Double, silenceSeconds: Double, graceSeconds: Double) {
            (self.beatSeconds, self.silenceSeconds) = (beatSeconds, silenceSeconds)
            self.graceSeconds = graceSeconds
        }
    }

    package let path: String
    let timing: Timing
    /// Names of files on their way are used once.
    private static let draftCount = Atomic<Int>(0)

    package init(_ path: String, timing: Timing = Timing()) {
        self.path = path
        self.timing = timing
    }

    /// Makes the file, in place of one whose holder is dead.
    ///
    /// - Parameter say: told what takes time, and that a dead holder's place is taken.
    /// - Throws: `RunError` when another process holds the folder, or the file cannot be made.
    package func acquire(_ holder: LockHolder, say: (String) -> Void) throws(RunError) {
        var watch: Watch?
        while true {
            let (isMade, now) = try make(path, try content(holder))
            if isMade { return }
            guard let seen = try look() else { continue }
            if watch?.content != seen.content { watch = Watch(seen, seconds: MonotonicClock.seconds) }
            switch judgement(seen, now: now, &watch) {
            case .waits(let reason):
                if let reason { say(reason) }
                guard !StopSignal.isRaised else { throw RunError.output("\(path): asked to stop while waiting for it") }
                usleep(UInt32(timing.pollSeconds * 1e6))
            case .isHeld(let reason): throw RunError.output(reason)
            case .isDead(let reason):
                say(reason)
                try takeOver(seen.content)
                watch = nil
            }
        }
    }

    /// Whether the file is that of `holder`; nil where it cannot be read at the moment.
    package func isHeld(by holder: LockHolder) -> Bool? {
        do throws(RunError) { return try look()?.content == content(holder) } catch { return nil }
    }

    /// A sign of life.
    func touch() { utimensat(AT_FDCWD, path, nil, 0) }

    /// Makes the file again after somebody removed it; fails when another one was faster.
    func remake(_ holder: LockHolder) -> Bool {
        do throws(RunError) {
            guard try look() == nil else { return false }
            return try make(path, try content(holder)).isMade
        } catch { return false }
    }

    /// Removes the file if it is that of `holder`.
    package func release(_ holder: LockHolder) {
        if isHeld(by: holder) == true { unlink(path) }
    }
}

// MARK: - Judging

extension LockFile {
    /// A lock as it lies there.
    private struct Sight {
        var content: [UInt8]
        /// Time of the file by its file system's clock.
        var modified: Double
    }

    /// A lock since it was seen first.
    private struct Watch {
        let content: [UInt8]
        let modified: Double
        let begin: Double
        var hasSpoken = false

        init(_ sight: Sight, seconds: Double) {
            (content, modified) = (sight.content, sight.modified)
            begin = seconds
        }
    }

    private enum Judgement {
        case waits(String?)
        case isHeld(String)
        case isDead(String)
    }

    private func judgement(_ seen: Sight, now: Double, _ watch: inout Watch?) -> Judgement {
        guard let begin = watch?.begin else { return .waits(nil) }
        let holder = try? JSONDecoder().decode(LockHolder.self, from: Data(seen.content))
        let name = holder?.description ?? "a process that cannot be told from its content"
        let waited = MonotonicClock.seconds - begin
        switch holder?.state ?? .unknown {
        case .dead: return .isDead("\(path): \(name), has ended without giving the folder back, which is taken over")
        case .alive:
            return waited < timing.graceSeconds
                ? .waits(nil) : .isHeld("\(path): the folder is in use by \(name); \(Self.remedy)")
        case .unknown: break
        }
        let silence = Int(timing.silenceSeconds)
        guard seen.modified == watch?.modified else {
            return .isHeld(
                "\(path): the folder is in use by \(name), which gave a sign of life just now; \(Self.remedy)")
        }
        if max(now - seen.modified, waited) >= timing.silenceSeconds {
            return .isDead("\(path): no sign of life of \(name), for more than \(silence) s; the folder is taken over")
        }
        guard watch?.hasSpoken == false else { return .waits(nil) }
        watch?.hasSpoken = true
        return .waits(
            "\(path): the folder was in use by \(name); waiting up to \(silence) s for a sign of life. Remove the file "
                + "if that job is known to have ended")
    }

    private static let remedy = "end that job, or choose another folder with --out"
}

// MARK: - Files

extension LockFile {
    private func content(_ holder: LockHolder) throws(RunError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do { return [UInt8](try encoder.encode(holder)) + [UInt8(ascii: "\n")] } catch {
            throw RunError.output("\(path): cannot be written as JSON: \(error)")
        }
    }

    /// nil when there is no lock.
    private func look() throws(RunError) -> Sight? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 && errno == ENOENT {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
            throw RunError.output("\(path): is a link to nowhere; remove it")
        }
        guard descriptor >= 0 else { throw failure("cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot be measured") }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("cannot be read") }
        return Sight(content: Array(bytes[..<count]), modified: status.st_mtim.seconds)
    }

    /// Makes a file that is whole or not there.
    ///
    /// - Returns: also the time by the file system's clock.
    private func make(_ target: String, _ content: [UInt8]) throws(RunError) -> (isMade: Bool, now: Double) {
        let number = Self.draftCount.wrappingAdd(1, ordering: .relaxed).newValue
        let draft = "\(path).\(HostName.current).\(getpid()).\(number)"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot be made") }
        defer {
            close(descriptor)
            unlink(draft)
        }
        guard write(descriptor, content, content.count) == content.count, fsync(descriptor) == 0 else {
            throw failure("cannot be written")
        }
        var isMade = link(draft, target) == 0
        let code = errno
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot be measured") }
        // A server may have answered twice: the number of names tells.
        isMade = isMade || status.st_nlink > 1
        if !isMade && code != EEXIST { isMade = try makeWithoutLink(target, content, code) }
        return (isMade, status.st_mtim.seconds)
    }

    /// Where the file system knows no second names.
    private func makeWithoutLink(_ target: String, _ content: [UInt8], _ code: Int32) throws(RunError) -> Bool {
        errno = code
        guard [EPERM, ENOSYS, EOPNOTSUPP, EMLINK].contains(code) else { throw failure("cannot be made") }
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        if descriptor < 0 && errno == EEXIST { return false }
        guard descriptor >= 0 else { throw failure("cannot be made") }
        defer { close(descriptor) }
        guard write(descriptor, content, content.count) == content.count, fsync(descriptor) == 0 else {
            throw failure("cannot be written")
        }
        return true
    }

    /// Removes the lock with this content, if it still is the one, and nobody else does.
    private func takeOver(_ content: [UInt8]) throws(RunError) {
        let claim = "\(path).\(XXHash64.digits(of: content))"
        let (isMine, now) = try make(claim, content)
        guard isMine else {
            // Removing takes no time: a claim that is still there is that of a process that died over it.
            var status = stat()
            if stat(claim, &status) == 0, now - status.st_mtim.seconds > timing.silenceSeconds { unlink(claim) }
            usleep(UInt32(timing.pollSeconds * 1e6))
            return
        }
        defer { unlink(claim) }
        if try look()?.content == content { unlink(path) }
    }

    private func failure(_ what: String) -> RunError {
        .output(
            "\(path): \(what) (\(String(cString: strerror(errno)))); check the folder's permissions and the disk's "
                + "space"
        )
    }
}

extension timespec {
    fileprivate var seconds: Double { Double(tv_sec) + 1e-9 * Double(tv_nsec) }
}
