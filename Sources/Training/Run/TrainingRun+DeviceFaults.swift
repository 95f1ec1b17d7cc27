internal import Basics
internal import Collectives
internal import DataParallel
internal import TensorEngine

/// The end of a run on which a device failed: all ranks go back to the last whole step, those whose memory can still be
/// read save it, and all end with the same error.
extension TrainingRun {
    /// What a rank says of its device.
    private struct DeviceReport {
        /// Empty where it is well.
        let fault: String
        let isReadable: Bool
        /// Whether the fault only follows from another rank's.
        let isConsequence: Bool

        var encoded: [UInt8] { [isReadable ? 1 : 0, isConsequence ? 1 : 0] + Array(fault.utf8) }

        init(_ fault: DeviceFault?, isReadable: Bool) {
            self.isReadable = isReadable
            (self.fault, isConsequence) = (fault.map { "\($0)" } ?? "", fault?.isConsequence ?? false)
        }

        init(encoded: [UInt8]) {
            (isReadable, isConsequence) = (encoded.first == 1, encoded.dropFirst().first == 1)
            fault = String(decoding: encoded.dropFirst(2), as: UTF8.self)
        }
    }

    /// After a step that was not done on any rank. Collective.
    ///
    /// - Parameter done: whole steps.
    /// - Returns: the error that the run ends with, the same on all ranks.
    func endOfBrokenStep(done: Int, _ reporter: RunReporter?) throws -> RunError {
        try end(done: done, takesBack: true, reporter)
    }

    /// After a step that was done, on a rank with a device that failed after that or while its weights moved.
    /// Collective.
    func endOfBrokenUpdate(done: Int, _ reporter: RunReporter?) throws -> RunError {
        try end(done: done, takesBack: false, reporter)
    }

    private func end(done: Int, takesBack: Bool, _ reporter: RunReporter?) throws -> RunError {
        let fault = Engine.deviceFault
        // Memory whose contents belong to no step is not read, though it may be there.
        let isReadable = fault == nil || (!deviceWatch.hasTornUpdate && Engine.recoverDevice())
        if takesBack { work.parts.takeBackStep() }
        let report = DeviceReport(fault, isReadable: isReadable)
        let reports = try world.allGather(report.encoded).map(DeviceReport.init(encoded:))
        let hasCause = reports.contains { !$0.fault.isEmpty && !$0.isConsequence }
        let what = reports.enumerated().filter { !$1.fault.isEmpty && !(hasCause && $1.isConsequence) }
            .map { world.size == 1 ? $1.fault : "rank \($0): \($1.fault)" }.joined(separator: "; ")
        let outcome = try save(done: done, reports, reporter)
        try reporter?.failed(after: done, what)
        return .device("\(what). \(outcome)")
    }

    /// - Returns: what is left of the run.
    private func save(done: Int, _ reports: [DeviceReport], _ reporter: RunReporter?) throws -> String {
        guard done > 0 else { return "No step was done, so there is nothing to go on from: start the run again" }
        let last = "The checkpoint of step \(done), the last whole one,"
        if savedStep == done { return "\(last) is saved: go on with --resume" }
        let savers = Savers(roles, isReadable: reports.map(\.isReadable))
        guard savers.isComplete else {
            let lost = "What the ranks held can be read no more"
            guard let savedStep else { return "\(lost), and no checkpoint was saved yet: start the run again" }
            return "\(lost); the checkpoint of step \(savedStep), "
                + "\(checkpoints.folder.path(ofStep: savedStep)), is what is left: go on with --resume"
        }
        try reporter?.flush()
        try lock.requireHeld()
        do throws(CheckpointError) {
            try checkpoints.save(work, step: done, world: world, savers: savers)
        } catch {
            return "\(last) could not be saved: \(error)"
        }
        savedStep = done
        return "\(last) was saved: go on with --resume"
    }
}

/// The ranks of a job that can still read what they hold, and so save what all ranks of their kind have alike.
struct Savers {
    private let roles: RankRoles
    private let isReadable: [Bool]

    /// - Parameter isReadable: of every rank.
    init(_ roles: RankRoles, isReadable: [Bool]) {
        self.roles = roles
        self.isReadable = isReadable
    }

    private func isTeacher(_ rank: Int) -> Bool {
        if case .teacher = roles.role(of: rank) { true } else { false }
    }

    private func ranks(teachers: Bool) -> [Int] {
        isReadable.indices.filter { isReadable[$0] && isTeacher($0) == teachers }
    }

    /// Students of which each saves running statistics of its own.
    var studentCount: Int { ranks(teachers: false).count }

    /// Whether nothing is lost: a student is left, and a teacher where there are ranks of them.
    var isComplete: Bool { studentCount > 0 && (roles.teacherCount == 0 || !ranks(teachers: true).isEmpty) }

    /// The place of a rank among those of its kind; nil where it cannot read what it holds.
    func place(ofRank rank: Int) -> PartState.Place? {
        let alike = ranks(teachers: isTeacher(rank))
        return alike.firstIndex(of: rank).map { PartState.Place(index: $0, count: alike.count) }
    }
}
