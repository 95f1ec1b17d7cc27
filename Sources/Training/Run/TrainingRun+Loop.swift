internal import Basics
internal import Collectives
internal import DataLoading
public import DataParallel
internal import Glibc
internal import TensorEngine

extension TrainingRun {
    /// Steps in a row without an update after which a run is given up.
    static let largestSkippedInARow = 10

    /// Runs the steps that are left. Collective.
    ///
    /// - Returns: whether the run came to its end, rather than being stopped by a signal: after a checkpoint, or before
    ///   the first step, when there is nothing to save.
    /// - Throws: also when ten steps in a row had no finite loss; a checkpoint is saved before.
    public func run() throws -> Bool {
        defer { lock.release() }
        if try world.anyTrue(StopSignal.isRaised) {
            if world.rank == 0 { StandardError.write("\(options.titlePrefix)\(stoppedEarly)\n") }
            return false
        }
        let reporter = try world.rank == 0 ? RunReporter(self) : nil
        if world.rank == 0 {
            try setWeightsAside()
            try writeConfiguration()
        }
        if firstStep > 0 { try makeUpForScores(reporter) }
        for step in firstStep..<lastStep {
            let begin = MonotonicClock.seconds
            // Also while scores are made: the next step finds what went wrong then.
            Engine.keepFaults()
            guard let agreed = try runStep(step) else { throw try endOfBrokenStep(done: step, reporter) }
            if agreed.lostFolder { throw lock.lost }
            try reporter?.finish(step, agreed, seconds: MonotonicClock.seconds - begin)
            let done = step + 1
            let isLast = done == configuration.training.steps
            if isLast || agreed.endsRun || done % configuration.checkpoint.every == 0 {
                if case .teacher(let teacher) = work, isLast { try teacher.rank.finish() }
                if try deviceWatch.hasFailedAfterWaiting() { throw try endOfBrokenUpdate(done: done, reporter) }
                try reporter?.flush()
                try lock.requireHeld()
                try checkpoints.save(work, step: done, world: world)
                savedStep = done
            }
            // A run that is asked to stop has little time; its scores are made when it goes on.
            if isLast || !agreed.stops { try evaluateIfDue(after: done, reporter) }
            if agreed.hasDiverged { throw RunError.diverged(step: done) }
            if agreed.stops && !isLast {
                Engine.endOnFaults()
                try reporter?.stopped(after: done)
                return false
            }
        }
        if try deviceWatch.hasFailedAfterWaiting() { throw try endOfBrokenUpdate(done: lastStep, reporter) }
        Engine.endOnFaults()
        try writeWeights()
        try reporter?.end(best)
        return true
    }

    /// What is said of a stop before the first step.
    private var stoppedEarly: String {
        firstStep == 0
            ? "stopped before the first step; nothing was saved, as nothing was learnt: start it again"
            : "stopped before step \(firstStep + 1); the checkpoint of step \(firstStep) is still the newest, go on with --resume"
    }

    /// What all ranks know after a step.
    struct Agreement {
        var stops: Bool
        /// Another run writes into the folder.
        var lostFolder: Bool
        var skippedInARow: Int
        /// The slowest student's.
        var loaderWaitSeconds: Double
        /// The largest of a rank.
        var peakMemoryBytes: Int
        /// The largest of a rank in this step.
        var systemAllocations: Int
        /// How often a rank waited for its device in this step, at most.
        var hostWaits: Int
        var badSamples: Int
        /// The same on all students.
        var losses: StepLosses

        /// Whether too many steps in a row had no finite loss.
        var hasDiverged: Bool { skippedInARow >= TrainingRun.largestSkippedInARow }
        /// Whether this step is the last, whatever the configuration says.
        var endsRun: Bool { stops || hasDiverged }
    }

    /// - Returns: nil where a device failed: then the step is not done, on no rank.
    private func runStep(_ step: Int) throws -> Agreement? {
        do { return try runWholeStep(step) } catch {
            // What a device that has failed left undone may be what the error is about.
            throw Engine.deviceFault.map { RunError.device("\($0)") } ?? error
        }
    }

    private func runWholeStep(_ step: Int) throws -> Agreement? {
        var losses = StepLosses()
        var wait = 0.0
        var skipped = 0
        let before = Engine.memory.statistics
        switch work {
        case .teacher(let teacher): guard try teacher.run(step, watch: deviceWatch) else { return nil }
        case .student(let student):
            guard let result = try student.run(step, watch: deviceWatch) else { return nil }
            (losses, wait) = result
            skipped = student.replica.skippedInARow
        }
        // One small collective keeps all ranks in step: they save, stop and fail together.
        let memory = Engine.memory.statistics
        let unreadable = data.reader.unreadableFiles
        var shared = [
            StopSignal.isRaised ? 1 : 0, Double(skipped), wait, Double(memory.peakBytesInUse),
            Double(memory.systemAllocations - before.systemAllocations),
            unreadable.count > unreadableFiles.sharedCount ? 1 : 0, lock.isLost ? 1 : 0,
            Double(memory.hostWaits - before.hostWaits),
        ]
        try world.allReduce(&shared, .max)
        if shared[5] > 0 { try unreadableFiles.share(unreadable, over: world) }
        return Agreement(
            stops: shared[0] > 0, lostFolder: shared[6] > 0, skippedInARow: Int(shared[1]),
            loaderWaitSeconds: shared[2],
            peakMemoryBytes: Int(shared[3]), systemAllocations: Int(shared[4]),
            hostWaits: Int(shared[7]), badSamples: unreadableFiles.total, losses: losses)
    }
}

/// Why a run ends early.
public enum RunError: Error, CustomStringConvertible {
    /// Ten steps in a row had no finite loss or gradient.
    case diverged(step: Int)
    /// The output folder cannot be used.
    case output(String)
    /// A method's step holds state that it does not name.
    case forgottenParts([String], method: String)
    /// Two parts of a run keep what they must find again under one key.
    case sharedKey(SharedKey)
    /// A method's step does not ask its teacher as it said.
    case teacherOrder(String)
    /// A device failed.
    case device(String)

    public var description: String {
        switch self {
        case .diverged(let step):
            "the loss was not finite in \(TrainingRun.largestSkippedInARow) steps in a row up to step \(step); a "
                + "checkpoint was saved. Lower optimizer.encoderLearningRate and headLearningRate, or set "
                + "optimizer.clipNorm"
        case .output(let message), .device(let message): message
        case .forgottenParts(let names, let method):
            "the step of the method '\(method)' holds \(names.joined(separator: ", ")) and does not name it in "
                + "`parts`: a run that goes on would begin it anew"
        case .sharedKey(let shared):
            "\(shared.first) and \(shared.second) both keep '\(shared.key)' in checkpoints: a run that goes on would "
                + "give one what the other saved; give one of them a key of its own"
        case .teacherOrder(let message):
            "\(message): every student must call `begin`, then `messages`, once in each step from then on"
        }
    }
}
