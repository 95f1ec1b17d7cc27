internal import CSharedMemory
internal import Glibc

/// A thread that shows its name in `top -H`, and that is waited for when it goes.
final class NamedThread {
    private let thread: pthread_t

    /// - Parameter name: the first 15 characters count.
    /// - Throws: `thread` when the system refuses another one.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(DataLoadingError) {
        let work = Unmanaged.passRetained(Work(name, body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, work.toOpaque())
        guard status == 0 else {
            work.release()
            throw DataLoadingError(
                .thread, "no thread for the loader: \(String(cString: strerror(status))); lower data.prefetchThreads")
        }
        self.thread = thread
    }

    deinit { pthread_join(thread, nil) }

    private final class Work {
        private let name: String
        private let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            cshm_name_thread(name)
            body()
        }
    }
}
