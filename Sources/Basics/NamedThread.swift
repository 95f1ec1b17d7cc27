internal import Glibc

/// The system refused a thread.
public struct ThreadError: Error, Equatable, CustomStringConvertible {
    /// What the system says.
    public let description: String
}

/// A thread that shows its name in `top -H`, and that is waited for when its owner goes.
public final class NamedThread: @unchecked Sendable {
    // Never written after `init` but by `join`, which only the owner calls.
    private var handle: pthread_t?

    /// - Parameter name: the first 15 characters count.
    public init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
        handle = try Self.start(name, body)
    }

    deinit { join() }

    /// Waits until the body has ended.
    public func join() {
        guard let handle else { return }
        self.handle = nil
        pthread_join(handle, nil)
    }

    /// Starts a thread that nobody waits for.
    public static func detached(_ name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
        pthread_detach(try start(name, body))
    }

    private static func start(
        _ name: String, _ body: @escaping @Sendable () -> Void
    ) throws(ThreadError) -> pthread_t {
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
            throw ThreadError(description: String(cString: strerror(status)))
        }
        return thread
    }

    private final class Work {
        private let name: String
        private let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            setName()
            body()
        }

        /// A name is a help for people: where it cannot be set, nothing is lost.
        private func setName() {
            let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
            guard file >= 0 else { return }
            defer { close(file) }
            let bytes = Array(name.utf8.prefix(15))
            _ = write(file, bytes, bytes.count)
        }
    }
}
