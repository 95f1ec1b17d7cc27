internal import Basics
internal import Glibc
internal import Synchronization

extension ProcessGroup {
    private static var pauseMicroseconds: UInt32 { 500 }

    /// Runs long work without collectives, such as reading or writing many files, on a thread of its own, while the
    /// calling thread tells the ranks that wait that this one works.
    ///
    /// - Parameter body: makes no call of a group.
    public func working<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard size > 1 else { return try body() }
        let outcome = Outcome<Result, Failure>()
        withoutActuallyEscaping(body) { body in
            let work = Work(body)
            guard let thread = Self.thread(for: { outcome.finish(with: work) }) else {
                // Without a thread the others may give this rank up, but the work is done.
                return outcome.finish(with: work)
            }
            while !outcome.isFinished {
                pulse()
                usleep(Self.pauseMicroseconds)
            }
            thread.join()
        }
        return try outcome.get()
    }

    /// nil where the system refuses one.
    private static func thread(for body: @escaping @Sendable () -> Void) -> NamedThread? {
        do throws(ThreadError) { return try NamedThread("long-work", body) } catch { return nil }
    }
}

/// `@unchecked Sendable`: run once by one thread, while the thread that made it waits.
private final class Work<Result, Failure: Error>: @unchecked Sendable {
    let run: () throws(Failure) -> Result
    init(_ run: @escaping () throws(Failure) -> Result) { self.run = run }
}

/// `@unchecked Sendable`: `result` is written before `isDone` is (release), and read after it was seen (acquire).
private final class Outcome<Value, Failure: Error>: @unchecked Sendable {
    private let isDone = Atomic(false)
    private var result: Result<Value, Failure>?

    var isFinished: Bool { isDone.load(ordering: .acquiring) }

    func finish(with work: Work<Value, Failure>) {
        do throws(Failure) {
            result = .success(try work.run())
        } catch {
            result = .failure(error)
        }
        isDone.store(true, ordering: .releasing)
    }

    func get() throws(Failure) -> Value {
        guard let result else { preconditionFailure("working: the thread has left no result") }
        return try result.get()
    }
}
