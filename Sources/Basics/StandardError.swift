internal import Glibc

/// Standard error without the C library's buffer: what is said last before an end is seen.
public enum StandardError {
    public static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                // Nobody is left to tell when standard error itself cannot be written; the work goes on.
                return
            }
        }
    }
}
