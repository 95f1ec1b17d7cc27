import Glibc

/// A folder that is removed with the files written to it at the end of a test.
final class TemporaryFolder {
    let path: String
    private var files: [String] = []

    init() {
        var template = Array("/tmp/causeway-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
        precondition(!path.isEmpty, "TemporaryFolder: /tmp must be writable")
    }

    deinit {
        for file in files { unlink(file) }
        rmdir(path)
    }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) -> String {
        let file = path + "/" + name
        files.append(file)
        guard let stream = fopen(file, "w") else { preconditionFailure("TemporaryFolder: cannot write \(file)") }
        fputs(text, stream)
        fclose(stream)
        return file
    }
}
