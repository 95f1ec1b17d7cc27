internal import Glibc

/// Standard error without the C library's buffer: what is said last before an end is seen.
public enum StandardError {
    public static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Nobody is left to tell when standard error itself cannot be written.
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
