internal import Foundation

extension Job {
    /// Seconds of processor time, user and system, that one run of a program takes by itself: unlike its duration, this
    /// hardly depends on what else the machine does.
    ///
    /// - Throws: `CannotStart` when it does not start or ends with another status than 0.
    public static func processorSeconds(_ program: String, _ arguments: [String]) throws -> Double {
        let path = try sibling(program)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var process = pid_t()
        guard posix_spawn(&process, path, &files, nil, &words, environ) == 0 else {
            throw CannotStart(description: "\(path) does not start")
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
        guard status == 0 else { throw CannotStart(description: "\(path) \(arguments) ends with status \(status)") }
        return usage.ru_utime.inSeconds + usage.ru_stime.inSeconds
    }
}

extension timeval {
    fileprivate var inSeconds: Double { Double(tv_sec) + 1e-6 * Double(tv_usec) }
}
