internal import Foundation

/// A process of this machine, as `/proc` shows it.
struct RunningProcess {
    let id: Int32
    private let parent: Int32
    /// The rank that Open MPI gave it; nil for a process that is none.
    let rank: Int?

    /// The children of a process, their children, and so on.
    static func descendants(of ancestor: Int32) -> [RunningProcess] {
        var waiting = all()
        var found: [RunningProcess] = []
        var family: Set<Int32> = [ancestor]
        while true {
            let children = waiting.filter { family.contains($0.parent) }
            guard !children.isEmpty else { return found }
            found += children
            family.formUnion(children.map(\.id))
            waiting.removeAll { family.contains($0.id) }
        }
    }

    private static func all() -> [RunningProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap(RunningProcess.init(id:))
    }

    /// nil for one that has ended in the meantime.
    private init?(id: Int32) {
        guard let status = FileManager.default.contents(atPath: "/proc/\(id)/status"),
            let environment = FileManager.default.contents(atPath: "/proc/\(id)/environ")
        else { return nil }
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        guard let parent = Self.value("PPid:\t", in: lines) else { return nil }
        self.id = id
        self.parent = Int32(parent)
        let variables = String(decoding: environment, as: UTF8.self).split(separator: "\0")
        rank = Self.value("OMPI_COMM_WORLD_RANK=", in: variables)
    }

    private static func value(_ prefix: String, in lines: [Substring]) -> Int? {
        lines.first { $0.hasPrefix(prefix) }.flatMap { Int($0.dropFirst(prefix.count)) }
    }
}
