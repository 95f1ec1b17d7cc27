internal import Basics
internal import CSharedMemory
internal import Glibc

/// Where the bytes of a store live.
public enum StoreBacking: Sendable, Equatable {
    /// This process alone has them.
    case privateMemory
    /// POSIX shared memory, below /dev/shm.
    case sharedMemory
    /// A file mapped by all ranks of the node, already without a name.
    case file(folder: String)
}

/// A piece of memory that every rank of the node has mapped, and that goes with the last of them.
///
/// Its name exists only until all ranks have opened it, so that a killed job leaves nothing behind. The few names of
/// jobs that were killed in between are removed by the next job.
final class SharedSegment: Sendable {
    /// `nonisolated(unsafe)`: the pointer never changes; who may write where is decided by the store's lock.
    nonisolated(unsafe) let address: UnsafeMutableRawPointer
    let byteCount: Int
    let backing: StoreBacking
    /// Why it is not where it should be.
    let notice: String?

    private init(address: UnsafeMutableRawPointer, byteCount: Int, backing: StoreBacking, notice: String?) {
        self.address = address
        self.byteCount = byteCount
        self.backing = backing
        self.notice = notice
    }

    deinit { cshm_unmap(address, byteCount) }

    /// Makes the segment of a node. Collective over the node's ranks.
    ///
    /// - Parameters:
    ///   - byteCount: the same on every rank.
    ///   - temporaryFolder: holds the file where /dev/shm is too small.
    ///   - avoidsSharedMemory: takes the file at once.
    ///   - prepare: run on rank 0 before any other rank sees the memory, which is all zero.
    static func make(
        byteCount: Int, node: NodeGroup, temporaryFolder: String, avoidsSharedMemory: Bool,
        prepare: (UnsafeMutableRawPointer) -> Int32
    ) throws -> SharedSegment {
        if node.size == 1 { return try alone(byteCount: byteCount, prepare: prepare) }
        guard node.rank == 0 else { return try join(byteCount: byteCount, node: node, temporaryFolder) }
        let made: Result<(SharedSegment, Name), any Error> = Result {
            let (name, notice) = try create(byteCount: byteCount, temporaryFolder, avoidsSharedMemory)
            let segment = try map(name, byteCount: byteCount, notice: notice)
            try check(prepare(segment.address), "preparing \(name)", byteCount)
            return (segment, name)
        }
        switch made {
        case .failure(let error):
            _ = try node.broadcast("!\(error)")
            try node.barrier()
            throw error
        case .success(let (segment, name)):
            defer { cshm_unlink(name.backing, name.path) }
            _ = try node.broadcast("\(name.backing == CSHM_FILE ? "f" : "m")\(name.path)")
            try node.barrier()
            return segment
        }
    }

    private static func alone(
        byteCount: Int, prepare: (UnsafeMutableRawPointer) -> Int32
    ) throws(DataLoadingError) -> SharedSegment {
        var mapped: UnsafeMutableRawPointer?
        try check(cshm_map_private(byteCount, &mapped), "mapping memory", byteCount)
        guard let mapped else { throw failure("mapping memory", EINVAL, byteCount) }
        try check(prepare(mapped), "preparing memory", byteCount)
        return SharedSegment(address: mapped, byteCount: byteCount, backing: .privateMemory, notice: nil)
    }

    private static func join(
        byteCount: Int, node: NodeGroup, _ temporaryFolder: String
    ) throws -> SharedSegment {
        let announced = try node.broadcast("")
        let joined: Result<SharedSegment, any Error> = Result {
            if announced.hasPrefix("!") {
                throw DataLoadingError(.sharedMemory, "rank 0 of this node reports: \(announced.dropFirst())")
            }
            let name = Name(
                backing: announced.hasPrefix("f") ? CSHM_FILE : CSHM_MEMORY, path: String(announced.dropFirst()),
                folder: temporaryFolder)
            return try map(name, byteCount: byteCount, notice: nil)
        }
        // Also after a failure: the others wait here.
        try node.barrier()
        return try joined.get()
    }

    private static func map(_ name: Name, byteCount: Int, notice: String?) throws(DataLoadingError) -> SharedSegment {
        var descriptor: Int32 = -1
        var mapped: UnsafeMutableRawPointer?
        try check(cshm_open(name.backing, name.path, byteCount, &descriptor), "opening \(name.path)", byteCount)
        try check(cshm_map(descriptor, byteCount, &mapped), "mapping \(name.path)", byteCount)
        guard let mapped else { throw failure("mapping \(name.path)", EINVAL, byteCount) }
        return SharedSegment(
            address: mapped, byteCount: byteCount,
            backing: name.backing == CSHM_FILE ? .file(folder: name.folder) : .sharedMemory, notice: notice)
    }
}

extension SharedSegment {
    private struct Name {
        let backing: cshm_backing
        let path: String
        let folder: String
    }

    /// Creates the segment in /dev/shm, or as a file where it does not fit.
    private static func create(
        byteCount: Int, _ temporaryFolder: String, _ avoidsSharedMemory: Bool
    ) throws(DataLoadingError) -> (name: Name, notice: String?) {
        removeNamesOfKilledJobs(in: "/dev/shm", CSHM_MEMORY)
        removeNamesOfKilledJobs(in: temporaryFolder, CSHM_FILE)
        let now = WallClock.now
        let base = "\(prefix)\(getpid())-\(now.seconds)-\(now.nanoseconds)"
        let memory = Name(backing: CSHM_MEMORY, path: "/\(base)", folder: "/dev/shm")
        let inMemory = avoidsSharedMemory ? ENOSPC : reserve(memory, byteCount)
        if inMemory == 0 { return (memory, nil) }
        let file = Name(backing: CSHM_FILE, path: "\(temporaryFolder)/\(base)", folder: temporaryFolder)
        let inFile = reserve(file, byteCount)
        guard inFile == 0 else {
            throw failure("reserving \(file.path) (/dev/shm: \(text(inMemory)))", inFile, byteCount)
        }
        let notice =
            "the sample store of \(byteCount >> 20) MiB does not fit into /dev/shm (\(text(inMemory))); it is a file "
            + "in \(temporaryFolder) instead, which can be slower. Make /dev/shm larger, or lower data.storeMegabytes"
        return (file, notice)
    }

    private static func reserve(_ name: Name, _ byteCount: Int) -> Int32 {
        var descriptor: Int32 = -1
        let status = cshm_create(name.backing, name.path, byteCount, &descriptor)
        if status == 0 { close(descriptor) }
        return status
    }

    private static var prefix: String { "causeway-\(getuid())-" }

    /// Unlinks segments of this user whose makers are gone. Those of the last minute are left: their maker may live in
    /// another process namespace.
    private static func removeNamesOfKilledJobs(in folder: String, _ backing: cshm_backing) {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(prefix),
                let maker = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }), cshm_process_exists(maker) == 0
            else { continue }
            var facts = stat()
            guard stat("\(folder)/\(name)", &facts) == 0, time(nil) - facts.st_mtim.tv_sec > 60 else { continue }
            cshm_unlink(backing, backing == CSHM_FILE ? "\(folder)/\(name)" : "/\(name)")
        }
    }

    private static func check(_ status: Int32, _ call: String, _ byteCount: Int) throws(DataLoadingError) {
        guard status == 0 else { throw failure(call, status, byteCount) }
    }

    private static func failure(_ call: String, _ status: Int32, _ byteCount: Int) -> DataLoadingError {
        DataLoadingError(
            .sharedMemory,
            "the sample store of \(byteCount >> 20) MiB cannot be made: \(call): \(text(status)); lower "
                + "data.storeMegabytes, or set TMPDIR to a folder with more space")
    }

    private static func text(_ status: Int32) -> String { String(cString: strerror(status)) }
}
