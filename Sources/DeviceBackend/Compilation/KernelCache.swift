internal import Basics
internal import Glibc
internal import Synchronization

/// Compiled programs in a folder, a file each, so that a start need not compile, nor have a compiler.
///
/// A file's name has the program, what it is for, a hash of all that was compiled, and the compiler's version; its first
/// line says the same again, with the length and a hash of what follows. Files appear whole: they are written beside
/// their place and moved there. Whatever is wrong with the folder or a file is said in a sentence, and leads to
/// compiling.
package final class KernelCache: Sendable {
    /// Names the folder.
    package static let environmentVariable = "CAUSEWAY_KERNEL_CACHE"
    private static let suffix = ".kernels"
    private static let format = "causeway-kernels-1"

    package let folder: String
    private let report: @Sendable (String) -> Void
    private let reported = Mutex<Set<String>>([])
    /// Why the first file that was not kept was not.
    private let refusal = Mutex<String?>(nil)

    /// - Parameter report: takes the sentences about what is wrong; nil for standard error.
    package init(folder: String, report: (@Sendable (String) -> Void)? = nil) {
        self.folder = folder
        self.report = report ?? { StandardError.write("note: \($0)\n") }
    }

    /// Where the environment says: the variable, or the cache of this program among the user's.
    ///
    /// - Returns: nil where it says nothing.
    package static func ofEnvironment(_ value: (String) -> String? = EnvironmentText.of) -> KernelCache? {
        if let folder = value(environmentVariable), !folder.isEmpty { return KernelCache(folder: folder) }
        // By their convention, folders that are not absolute count for nothing.
        if let caches = value("XDG_CACHE_HOME"), caches.hasPrefix("/") {
            return KernelCache(folder: caches + "/causeway/kernels")
        }
        guard let home = value("HOME"), home.hasPrefix("/") else { return nil }
        return KernelCache(folder: home + "/.cache/causeway/kernels")
    }

    /// Says something once.
    func note(_ text: String) {
        guard reported.withLock({ $0.insert(text).inserted }) else { return }
        report(text)
    }
}

// MARK: Names

extension KernelCache {
    /// A file of the folder, by its name.
    package struct Entry: Sendable {
        package let program: String
        package let target: KernelTarget
        package let key: String
        /// Of the compiler.
        package let version: String

        init(_ program: KernelProgram, _ target: KernelTarget, version: String) {
            (self.program, self.target, self.version) = (program.name, target, version)
            key = Self.key(program, target)
        }

        init?(fileName: String) {
            guard fileName.hasSuffix(suffix) else { return nil }
            let parts = fileName.dropLast(suffix.count).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 4, let target = KernelTarget(name: String(parts[1])), parts[2].count == 16 else {
                return nil
            }
            (program, self.target, key, version) = (String(parts[0]), target, String(parts[2]), String(parts[3]))
        }

        /// Whether it is what this version of the kernels compiles.
        package var isCurrent: Bool {
            KernelProgram.all.contains { $0.name == program && Self.key($0, target) == key }
        }

        package var fileName: String { "\(program)-\(target)-\(key)-\(version)\(suffix)" }

        /// Of all that makes the result but the compiler.
        static func key(_ program: KernelProgram, _ target: KernelTarget) -> String {
            let parts = [program.name, program.text, KernelCompiler.options(for: target).joined(separator: " ")]
            return XXHash64.digits(of: parts.joined(separator: "\0").utf8)
        }
    }

    /// All files that are ours by their names.
    package var entries: [Entry] {
        (FolderListing.entries(of: folder) ?? []).compactMap { Entry(fileName: $0.name) }
    }
}

// MARK: Reading and writing

extension KernelCache {
    /// What a compiler of this version has made; of any, the latest, where `version` is nil.
    func image(_ program: KernelProgram, _ target: KernelTarget, version: String?) -> [UInt8]? {
        if let version { return image(Entry(program, target, version: version)) }
        let key = Entry.key(program, target)
        let all = entries.filter { $0.program == program.name && $0.target == target && $0.key == key }
        let numbers = { (entry: Entry) in entry.version.split(separator: ".").map { Int($0) ?? 0 } }
        return all.sorted { numbers($1).lexicographicallyPrecedes(numbers($0)) }.lazy.compactMap(image).first
    }

    private func image(_ entry: Entry) -> [UInt8]? {
        let path = "\(folder)/\(entry.fileName)"
        guard access(path, F_OK) == 0 else { return nil }
        guard let bytes = RegularFile.contents(of: path) else {
            note("\(path): the compiled kernels cannot be read; they are compiled again")
            return nil
        }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            String(decoding: bytes[..<end], as: UTF8.self) == Self.header(entry, Array(bytes[(end + 1)...]))
        else {
            note("\(path): the compiled kernels are damaged or of something else; they are compiled again")
            return nil
        }
        return Array(bytes[(end + 1)...])
    }

    private static func header(_ entry: Entry, _ image: [UInt8]) -> String {
        "\(format) \(entry.fileName) \(image.count) \(XXHash64.digits(of: image))"
    }

    /// - Returns: whether it is there now; why not is said.
    @discardableResult
    func store(_ image: [UInt8], _ program: KernelProgram, _ target: KernelTarget, version: String) -> Bool {
        let entry = Entry(program, target, version: version)
        do {
            try write(Array((Self.header(entry, image) + "\n").utf8) + image, as: entry.fileName)
            return true
        } catch {
            refusal.withLock { $0 = $0 ?? "\(error)" }
            note(
                "\(folder): compiled kernels cannot be kept (\(error)), so that every start compiles them; name a folder "
                    + "that can be written with \(Self.environmentVariable)")
            return false
        }
    }

    /// - Throws: where nothing can be kept, with the folder and the reason.
    package func requireWritable() throws {
        do {
            try write([], as: "probe")
            unlink("\(folder)/probe")
        } catch { throw Self.notKept(folder, "\(error)") }
    }

    /// - Throws: where something was not kept, with the folder and the reason.
    package func requireAllStored() throws {
        if let reason = refusal.withLock({ $0 }) { throw Self.notKept(folder, reason) }
    }

    private static func notKept(_ folder: String, _ reason: String) -> DeviceError {
        DeviceError("\(folder): compiled kernels cannot be kept there: \(reason); check the folder and its permissions")
    }

    private struct WriteError: Error, CustomStringConvertible {
        let description = String(cString: strerror(errno))
    }

    private func write(_ bytes: [UInt8], as name: String) throws {
        try? TextFile.makeFolder(folder)
        // Several ranks may write at once; whose file comes last stays, and all are the same.
        var temporary = Array("\(folder)/.\(name).XXXXXX".utf8CString)
        let file = mkstemp(&temporary)
        guard file >= 0 else { throw WriteError() }
        let path = temporary.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        var isDone = false
        defer { if !isDone { unlink(path) } }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || (count < 0 && errno == EINTR) else {
                let error = WriteError()
                close(file)
                throw error
            }
            done += max(0, count)
        }
        // Others may share the folder.
        fchmod(file, 0o644)
        guard close(file) == 0, rename(path, "\(folder)/\(name)") == 0 else { throw WriteError() }
        isDone = true
    }

    /// Removes all files that are ours, and what writers left that were killed.
    ///
    /// - Returns: how many.
    package func clear() throws -> Int {
        let names = (FolderListing.entries(of: folder) ?? []).map(\.name).filter { name in
            guard name.hasPrefix(".") else { return Entry(fileName: name) != nil }
            let unfinished = name.dropFirst().split(separator: ".").dropLast().joined(separator: ".")
            return name.hasPrefix(".lock-") || Entry(fileName: unfinished) != nil
        }
        for name in names where unlink("\(folder)/\(name)") != 0 {
            throw DeviceError("\(folder)/\(name): cannot be removed: \(WriteError())")
        }
        return names.count { !$0.hasPrefix(".") }
    }

    /// Runs `body` while no other process compiles for the target into this folder, where the file system can tell.
    func alone<Result>(_ target: KernelTarget, _ body: () throws -> Result) rethrows -> Result {
        try? TextFile.makeFolder(folder)
        let lock = open("\(folder)/.lock-\(target)", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        defer { if lock >= 0 { close(lock) } }
        // A lock ends with its process, however that ends.
        while lock >= 0, flock(lock, LOCK_EX) != 0, errno == EINTR {}
        return try body()
    }
}
