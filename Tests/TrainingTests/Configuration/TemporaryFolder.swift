import Glibc

/// A folder that is removed with the files written to it at the end of a test.
final class TemporaryFolder {
    let path: String
    private var files: [String] = []
    private var folders: [String] = []

    init() {
        var template = Array("/tmp/causeway-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
        precondition(!path.isEmpty, "TemporaryFolder: /tmp must be writable")
    }

    deinit {
        for file in files { unlink(file) }
        for folder in folders { rmdir(folder) }
        rmdir(path)
    }

    /// Makes a folder in it for files to be written to.
    func makeFolder(_ name: String) {
        let folder = path + "/" + name
        folders.append(folder)
        precondition(mkdir(folder, 0o755) == 0, "TemporaryFolder: cannot make \(folder)")
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
