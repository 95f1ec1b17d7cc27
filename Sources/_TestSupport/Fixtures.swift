import FoundationEssentials
import Glibc

/// Files under `Tests/Fixtures`, made by other programs; the script that made them lies beside them.
public enum Fixture {
    /// Absolute path of a fixture.
    ///
    /// - Parameter relativePath: below `Tests/Fixtures`, for example `nn/dtypes.safetensors`.
    public static func path(_ relativePath: String) -> String {
        RepositoryFile.path("Tests/Fixtures/" + relativePath)
    }
}

/// Files of this repository.
public enum RepositoryFile {
    /// Absolute path of a file.
    ///
    /// - Parameter relativePath: below the top folder, for example `configs/toytown/adapted.yaml`.
    public static func path(_ relativePath: String) -> String {
        let components = #filePath.split(separator: "/").dropLast(3)
        return "/" + components.joined(separator: "/") + "/" + relativePath
    }

    /// The whole text of a file.
    ///
    /// - Parameter relativePath: below the top folder, for example `docs/results.md`.
    public static func text(_ relativePath: String) throws -> String {
        try String(contentsOfFile: path(relativePath), encoding: .utf8)
    }
}

/// A fresh folder for the files of one test, removed with its contents when it goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() {
        var template = Array("/tmp/causeway-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "TemporaryFolder: cannot make a folder below /tmp")
        path = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            print("TemporaryFolder: \(path) stays: \(error)")
        }
    }

    /// Path of a file in the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }
}

extension TemporaryFolder {
    /// Makes a folder in it, and those on the way.
    public func makeFolder(_ name: String) {
        do {
            try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        } catch {
            preconditionFailure("TemporaryFolder: cannot make \(file(name)): \(error)")
        }
    }

    /// Writes a file and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) -> String {
        do {
            try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        } catch {
            preconditionFailure("TemporaryFolder: cannot write \(file(name)): \(error)")
        }
        return file(name)
    }
}
