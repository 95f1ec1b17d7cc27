internal import Glibc
internal import Synchronization

/// Standard error without the C library's buffer: what is said last before an end is seen.
public enum StandardError {
    /// Whether the last thing written is a line that rewrites itself and has no end yet.
    private static let hasOpenLine = Mutex(false)

    /// Writes a text. One that begins with a carriage return takes the place of the line before it; any other begins on
    /// a line of its own.
    public static func write(_ text: String) {
        hasOpenLine.withLock { isOpen in
            let rewrites = text.hasPrefix("\r")
            if isOpen && !rewrites && text != "\n" { put("\n") }
            isOpen = rewrites && !text.hasSuffix("\n") && !text.hasSuffix("\r")
            put(text)
        }
    }

    private static func put(_ text: String) {
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
