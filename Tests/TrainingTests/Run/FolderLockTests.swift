import Collectives
import Foundation
import Synchronization
import Testing
import _TestSupport
import Training

@Suite struct FolderLockTests {
    private static let fast = LockFile.Timing(beatSeconds: 0.1, silenceSeconds: 1, graceSeconds: 0.2)
    private let folder = TemporaryFolder()

    private var path: String { folder.file("causeway.lock") }

    private func acquire(_ holder: LockHolder = .current()) throws -> [String] {
        var said: [String] = []
        try LockFile(path, timing: Self.fast).acquire(holder) { said.append($0) }
        return said
    }

    /// A lock that somebody left.
    private func leave(_ change: (inout LockHolder) -> Void) throws {
        var holder = LockHolder.current()
        change(&holder)
        try JSONEncoder().encode(holder).write(to: URL(filePath: path))
    }

    private func setAge(_ seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }

    private func failure() -> String {
        var message = ""
        do { _ = try acquire() } catch { message = "\(error)" }
        return message
    }

    @Test func aLivingHolderIsNamedWithARemedy() throws {
        let holder = LockHolder.current()
        #expect(try acquire(holder).isEmpty)
        let message = failure()
        #expect(message.hasPrefix("\(path): the folder is in use by process \(getpid()) on \(holder.host), since "))
        #expect(message.hasSuffix("end that job, or choose another folder with --out"))
        LockFile(path).release(holder)
        #expect(try acquire().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["causeway.lock"])
    }

    /// A process that has ended, and one that has its number now.
    @Test(arguments: [true, false]) func aDeadHolderIsReplacedAtOnceAndSaid(hasItsNumber: Bool) throws {
        try leave { holder in
            if hasItsNumber { holder.processStart += 1 } else { holder.process = 99_999_999 }
        }
        let said = try acquire()
        #expect(said.count == 1)
        #expect(said.first?.contains("has ended without giving the folder back, which is taken over") == true)
    }

    @Test(arguments: ["another boot", "another namespace", "no text"])
    func aSilentHolderOfElsewhereIsReplaced(kind: String) throws {
        func leaveIt() throws {
            if kind == "no text" { return try Data().write(to: URL(filePath: path)) }
            try leave { holder in
                if kind == "another boot" { holder.bootID = "b" } else { holder.processNamespace = "n" }
                holder.host = "node7"
            }
        }
        try leaveIt()
        try setAge(10)
        #expect(try acquire().last?.contains("no sign of life") == true)
        // One that cannot be said to be old, its clock being ahead, is watched.
        try FileManager.default.removeItem(atPath: path)
        try leaveIt()
        try setAge(-100)
        let said = try acquire()
        #expect(said.count == 2)
        #expect(said.first?.contains("waiting up to 1 s for a sign of life") == true)
    }

    @Test func aHolderOfElsewhereThatGivesASignIsInUse() throws {
        try leave { $0.bootID = "b"; $0.host = "node7" }
        let path = path
        let beats = Thread { for _ in 0..<8 { usleep(100_000); utimensat(AT_FDCWD, path, nil, 0) } }
        beats.start()
        #expect(failure().contains("on node7, since "))
        #expect(FileManager.default.fileExists(atPath: path))
    }

    /// Nobody holds it, a dead process does, or one died while it took over.
    @Test(arguments: [0, 1]) func ofManyExactlyOneGetsIt(dead: Int) throws {
        for _ in 0..<5 {
            try? FileManager.default.removeItem(atPath: path)
            if dead > 0 { try leave { $0.process = 99_999_999 } }
            let winners = Atomic<Int>(0)
            let losers = Atomic<Int>(0)
            let file = LockFile(path, timing: .init(beatSeconds: 0.02, silenceSeconds: 5, graceSeconds: 0.1))
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                do {
                    try file.acquire(.current()) { _ in }
                    winners.wrappingAdd(1, ordering: .relaxed)
                } catch { losers.wrappingAdd(1, ordering: .relaxed) }
            }
            #expect(winners.load(ordering: .relaxed) == 1)
            #expect(losers.load(ordering: .relaxed) == 7)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["causeway.lock"])
        }
    }

    @Test func allRanksHearThatAFolderIsInUse() throws {
        let out = folder.file("a/b")
        let first = try FolderLock(out, world: SingleProcessGroup(), timing: Self.fast)
        let messages = try ThreadedGroup.run(size: 3) { group in
            var message = ""
            do { _ = try FolderLock(out, world: group, timing: Self.fast) } catch { message = "\(error)" }
            return message
        }
        for message in messages { #expect(message.contains("\(out)/causeway.lock: the folder is in use by process ")) }
        first.release()
        #expect(!FileManager.default.fileExists(atPath: out), "it was made for the lock, and is empty")
        let again = try ThreadedGroup.run(size: 3) { group in
            let lock = try FolderLock(out, world: group, timing: Self.fast)
            try group.barrier()
            lock.release()
            return true
        }
        #expect(again == [true, true, true])
    }

    @Test func itIsRenewedAndItsLossIsSeen() throws {
        let lock = try FolderLock(folder.path, world: SingleProcessGroup(), timing: Self.fast)
        try setAge(100)
        usleep(500_000)
        let modified = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        #expect(modified.map { Date().timeIntervalSince($0) < 50 } == true)
        // A file that somebody removes comes back, one that another job made stays.
        try FileManager.default.removeItem(atPath: path)
        usleep(500_000)
        try lock.requireHeld()
        try leave { $0.host = "node7" }
        #expect { try lock.requireHeld() } throws: { "\($0)".contains("another run has taken the folder over") }
        lock.release()
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func aPlaceThatCannotBeAFolderIsNamed() throws {
        let file = folder.write("", to: "file")
        #expect { try FolderLock(file + "/below", world: SingleProcessGroup()) } throws: { error in
            "\(error)".hasPrefix("\(file)/below: cannot be made; it must be a folder") && "\(error)".hasSuffix("--out")
        }
    }
}
