public import DataParallel
internal import Machine
public import Training

/// What a job of a setting would look like on some ranks, without starting it.
public struct JobPlan: Sendable, Equatable {
    public let roles: RankRoles
    /// Of each domain, in a step.
    public let imagesPerStudent: Int
    public let globalBatch: Int
    /// Ranks of the fullest node.
    public let ranksPerNode: Int
    /// Of each rank.
    public let threads: Int
    public let student: MemoryEstimate
    /// nil where students label for themselves.
    public let teacher: MemoryEstimate?

    /// - Parameters:
    ///   - nodes: the ranks are shared out to, one after the other.
    ///   - coresPerNode: of each.
    /// - Throws: `impossibleCombination` when the setting cannot work on so many ranks.
    public init(_ configuration: RunConfiguration, ranks: Int, nodes: Int, coresPerNode: Int) throws {
        precondition(nodes >= 1 && ranks >= nodes, "JobPlan: every node needs a rank")
        roles = try configuration.roles(worldSize: ranks)
        imagesPerStudent = try configuration.training.batch.imagesPerStudent(students: roles.studentCount)
        globalBatch = imagesPerStudent * roles.studentCount
        ranksPerNode = (ranks + nodes - 1) / nodes
        threads = configuration.engine.threadCount(
            CoreShare(ownCores: coresPerNode, nodeCores: coresPerNode, nodeRanks: ranksPerNode, coreLimit: nil))
        let (roles, images, ranksPerNode) = (roles, imagesPerStudent, ranksPerNode)
        func estimate(_ role: RankRoles.Role) throws -> MemoryEstimate {
            try MemoryEstimate(
                of: configuration, role: role, imagesPerStudent: images, hasLocalTeacher: roles.teacherCount == 0,
                storeShare: ranksPerNode)
        }
        student = try estimate(.student(index: 0))
        let teachers = (0..<ranks).map(roles.role(of:)).filter { if case .teacher = $0 { true } else { false } }
        teacher = try teachers.first.map(estimate)
    }

    /// The most that a node needs: its ranks may all be students.
    public var nodeBytes: Int { ranksPerNode * max(student.totalBytes, teacher?.totalBytes ?? 0) }

    /// `S S T`, rank by rank; the beginning and the number of large jobs.
    public var roleText: String {
        let letters = (0..<min(roles.worldSize, 32)).map { rank in
            if case .teacher = roles.role(of: rank) { "T" } else { "S" }
        }
        return letters.joined(separator: " ") + (roles.worldSize > 32 ? " …" : "")
    }

    /// `rank 2 labels for ranks 0 and 1`, a line for each teacher.
    public var teacherTexts: [String] {
        (0..<roles.worldSize).compactMap { rank in
            guard case .teacher(_, let students) = roles.role(of: rank) else { return nil }
            let ranks = students.map { "\(roles.rank(ofStudent: $0))" }
            let list = ranks.count < 2 ? ranks.joined()
                : ranks.dropLast().joined(separator: ", ") + " and " + (ranks.last ?? "")
            return "rank \(rank) labels for rank\(ranks.count == 1 ? "" : "s") \(list)"
        }
    }

    /// Numbers of ranks that work for a setting, nearest to `ranks` first, the smaller before the larger.
    public static func workingRanks(_ configuration: RunConfiguration, near ranks: Int, count: Int = 4) -> [Int] {
        let candidates = (1...max(2 * ranks, ranks + 16)).filter {
            (try? configuration.validate(worldSize: $0)) != nil
        }
        return Array(candidates.sorted { (abs($0 - ranks), $0) < (abs($1 - ranks), $1) }.prefix(count)).sorted()
    }
}
