internal import Configuration
internal import FoundationEssentials
internal import Glibc

/// What killed jobs of this user left in shared memory: Open MPI's `vader_segment` files that no process has mapped.
/// `launch/mpirun` removes them (launch/leftovers.sh).
package enum LeftoverExamination {
    private static let folders = ["/dev/shm", Environment.variable("TMPDIR") ?? "/tmp"]
    private static let prefix = "vader_segment."

    package static func findings() -> [Finding] {
        let stale = unmappedSegments()
        guard !stale.isEmpty else { return [] }
        let bytes = stale.reduce(0) { $0 + $1.bytes }
        let names = stale.prefix(3).map(\.path).joined(separator: ", ") + (stale.count > 3 ? ", …" : "")
        return [
            Finding(
                "leftovers", .warning,
                "\(stale.count) file\(stale.count == 1 ? "" : "s") of killed jobs, "
                    + "\(MachineExamination.gibibytes(bytes)): \(names)",
                remedy: "the next start of launch/mpirun removes them once they are a minute old")
        ]
    }

    private static func unmappedSegments() -> [(path: String, bytes: Int)] {
        var segments: [(path: String, bytes: Int)] = []
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where name.hasPrefix(prefix) {
                var status = stat()
                let path = "\(folder)/\(name)"
                guard lstat(path, &status) == 0, status.st_uid == geteuid() else { continue }
                segments.append((path, Int(status.st_blocks) * 512))
            }
        }
        guard !segments.isEmpty else { return [] }
        let mapped = mappedSegments()
        return segments.filter { !mapped.contains($0.path) }.sorted { $0.path < $1.path }
    }

    /// Paths of segments that a process of this machine uses; those of others' processes cannot be read, nor are
    /// theirs.
    private static func mappedSegments() -> Set<String> {
        var mapped: Set<String> = []
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for process in processes where Int(process) != nil {
            guard let maps = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/maps")) else { continue }
            for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") where line.contains(prefix) {
                if let start = line.firstIndex(of: "/") { mapped.insert(String(line[start...])) }
            }
        }
        return mapped
    }
}
