/// Who does what: which ranks train (students) and which hold the EMA weights and label (teachers).
///
/// Ranks are cut into one block of neighbours a teacher; the teacher is the last rank of its block and serves the
/// students before it, so that with ranks numbered node by node a teacher sits beside its students:
///
///     3 ranks, 1 teacher:   S S T
///     8 ranks, 2 teachers:  S S S T S S S T
public struct RankRoles: Sendable, Equatable {
    public enum Role: Sendable, Equatable {
        /// Trains; `index` counts students over the job, in order of rank.
        case student(index: Int)
        /// Labels for `students` (student indices).
        case teacher(index: Int, students: Range<Int>)
    }

    public let worldSize: Int
    public let teacherCount: Int

    /// - Parameter teachers: 0 means that each student labels for itself.
    /// - Throws: when there are no ranks left to train.
    public init(worldSize: Int, teachers: Int) throws(RankRolesError) {
        precondition(worldSize >= 1, "RankRoles: a job has at least one rank, got \(worldSize)")
        self.worldSize = worldSize
        teacherCount = teachers
        guard teacherCount >= 0, teacherCount <= worldSize / 2 else {
            throw RankRolesError(worldSize: worldSize, teacherCount: teacherCount)
        }
    }

    public var studentCount: Int { worldSize - teacherCount }

    /// What a rank does.
    public func role(of rank: Int) -> Role {
        precondition(rank >= 0 && rank < worldSize, "RankRoles: rank \(rank) of \(worldSize)")
        guard teacherCount > 0 else { return .student(index: rank) }
        let block = block(of: rank)
        let end = blockStart(block + 1)
        guard rank == end - 1 else { return .student(index: rank - block) }
        return .teacher(index: block, students: blockStart(block) - block..<end - 1 - block)
    }

    /// World rank of a student.
    public func rank(ofStudent index: Int) -> Int {
        precondition(index >= 0 && index < studentCount, "RankRoles: student \(index) of \(studentCount)")
        guard teacherCount > 0 else { return index }
        for block in 0..<teacherCount where index < blockStart(block + 1) - block - 1 { return index + block }
        preconditionFailure("RankRoles: student \(index) is in no block")
    }

    /// World rank of the teacher that labels for a student; `nil` when students label for themselves.
    public func teacherRank(ofStudent index: Int) -> Int? {
        teacherCount == 0 ? nil : blockStart(block(of: rank(ofStudent: index)) + 1) - 1
    }

    private func blockStart(_ block: Int) -> Int { block * worldSize / teacherCount }

    private func block(of rank: Int) -> Int {
        var block = 0
        while rank >= blockStart(block + 1) { block += 1 }
        return block
    }
}

/// There are too few ranks for the teachers that were asked for.
public struct RankRolesError: Error, Equatable, CustomStringConvertible {
    public let worldSize: Int
    public let teacherCount: Int

    public var description: String {
        "distribution.teachers: \(teacherCount) does not fit \(worldSize) rank\(worldSize == 1 ? "" : "s"): every "
            + "teacher needs at least one student; start at least \(2 * max(1, teacherCount)) ranks with mpirun -n, or "
            + "lower distribution.teachers (0 lets each student label for itself)"
    }
}
