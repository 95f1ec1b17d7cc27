internal import Basics
public import Collectives
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// The right of one job to write into a folder, from making it to `release` or the end of the object.
///
/// Rank zero holds it (`LockFile`), for all ranks. Its thread gives a sign of life every few seconds, and sees when
/// somebody else took the folder, who believed this job dead.
public final class FolderLock {
    static let fileName = "causeway.lock"

    private let folder: String
    /// nil on other ranks than zero.
    private let keeper: Keeper?

    /// Makes the folder and takes it. Collective over `world`.
    ///
    /// - Throws: `RunError` on every rank, naming the process that holds the folder, or why it cannot be made.
    public convenience init(_ folder: String, world: any ProcessGroup) throws {
        try self.init(folder, world: world, timing: .init())
    }

    package init(_ folder: String, world: any ProcessGroup, timing: LockFile.Timing) throws {
        self.folder = folder
        var failure = ""
        var keeper: Keeper?
        if world.rank == 0 {
            do throws(RunError) {
                // To judge another host's lock takes its time.
                keeper = try world.working { () throws(RunError) in try Keeper(folder, timing: timing) }
            } catch { failure = error.description }
        }
        self.keeper = keeper
        let message = try world.broadcastBytes(Array(failure.utf8), from: 0)
        guard message.isEmpty else { throw RunError.output(String(decoding: message, as: UTF8.self)) }
    }

    /// Whether another job has taken the folder; known to rank zero.
    var isLost: Bool { keeper?.isLost ?? false }

    /// Looks whether the folder is still held, before something is written that must not be mixed.
    package func requireHeld() throws(RunError) {
        if keeper?.isHeld == false { throw lost }
    }

    /// What has happened when the lock is lost.
    var lost: RunError {
        .output(
            "\(folder): another run has taken the folder over, or \(Self.fileName) in it was replaced, while this run "
                + "gave no sign of life; nothing more is written into it")
    }

    /// Gives the folder back; a folder that was made for it and is empty goes.
    public func release() { keeper?.release() }

    deinit { release() }
}

// MARK: - Rank zero

/// Holds the file, and the thread that renews it.
private final class Keeper {
    private let folder: String
    private let madeFolder: Bool
    private let file: LockFile
    private let holder: LockHolder
    private let state = State()
    private var thread: NamedThread?

    private final class State: Sendable {
        let isLost = Atomic<Bool>(false)
        let isReleased = Atomic<Bool>(false)
    }

    init(_ folder: String, timing: LockFile.Timing) throws(RunError) {
        self.folder = folder
        madeFolder = access(folder, F_OK) != 0
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw RunError.output(
                "\(folder): cannot be made; it must be a folder, or lie in one that you may write to; choose another "
                    + "with --out")
        }
        file = LockFile("\(folder)/\(FolderLock.fileName)", timing: timing)
        holder = .current()
        try file.acquire(holder) { StandardError.write("note: \($0)\n") }
        thread = try startThread()
    }

    var isLost: Bool { state.isLost.load(ordering: .relaxed) }

    /// What cannot be read at the moment counts as held, and what somebody removed is made again.
    var isHeld: Bool { !isLost && (file.isHeld(by: holder) ?? true || file.remake(holder)) }

    func release() {
        guard let thread else { return }
        self.thread = nil
        state.isReleased.store(true, ordering: .relaxed)
        thread.join()
        file.release(holder)
        if madeFolder { rmdir(folder) }
    }

    private func startThread() throws(RunError) -> NamedThread {
        let (file, holder, state) = (file, holder, state)
        do throws(ThreadError) {
            return try NamedThread("folder-lock") { Self.renew(file, holder, state) }
        } catch {
            file.release(holder)
            throw RunError.output("\(file.path): no thread to renew it: \(error)")
        }
    }

    /// The thread's life: a short sleep at a time, so that it ends soon when it is asked to.
    private static func renew(_ file: LockFile, _ holder: LockHolder, _ state: State) {
        let naps = max(1, Int(file.timing.beatSeconds / 0.05))
        var nap = 0
        while !state.isReleased.load(ordering: .relaxed) {
            usleep(50_000)
            nap += 1
            guard nap % naps == 0 else { continue }
            switch file.isHeld(by: holder) {
            case true?: file.touch()
            case false? where !file.remake(holder): state.isLost.store(true, ordering: .relaxed)
            default: break
            }
        }
    }
}
