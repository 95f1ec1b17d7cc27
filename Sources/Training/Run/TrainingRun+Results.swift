internal import Basics
internal import Collectives
internal import DataParallel
internal import Evaluation
internal import Glibc
internal import SegmentationModels
internal import WeightFiles

/// What a run leaves for others: scores on the way, weights at the end.
extension TrainingRun {
    /// Scores the students' network, with the running statistics of the first student, when it is time to.
    /// Collective over the students; teachers go on to the next step and wait there, or where a best checkpoint is kept
    /// for its decision, which is collective over the job.
    ///
    /// - Parameter step: steps done.
    func evaluateIfDue(after step: Int, _ reporter: RunReporter?) throws {
        let isLast = step == configuration.training.steps
        guard let evaluation, isLast || step % configuration.evaluation.every == 0 else { return }
        let begin = MonotonicClock.seconds
        var scores: ScoreSheet?
        if case .student(let student) = work {
            scores = try student.withBuffersOfFirstStudent { network, students in
                let scores = try evaluation.scores(network, world: students, progress: progressTitle(after: step))
                // The next step, or the end, deals with a device that has failed: these scores say nothing then.
                return try deviceWatch.hasFailed(among: students) ? nil : scores
            }
        }
        var choice: BestChoice?
        if let best {
            try lock.requireHeld()
            choice = try best.consider(scores, of: work, step: step, world: world)
        }
        if let scores { try reporter?.evaluated(after: step, scores, choice, seconds: MonotonicClock.seconds - begin) }
    }

    private func progressTitle(after step: Int) -> String {
        (options.title.map { "\($0): " } ?? "") + "scoring after step \(step)"
    }

    /// Scores the checkpoint that the run goes on from, if it is time to and the run ended before it had. Collective.
    func makeUpForScores(_ reporter: RunReporter?) throws {
        var isMissing = [try reporter?.hasScores(of: firstStep) == false ? 1 : 0]
        try world.broadcast(&isMissing, from: 0)
        if isMissing[0] == 1 { try evaluateIfDue(after: firstStep, reporter) }
    }

    /// Steps that are done when this run ends: those of the setting, or more where it goes on from more.
    var lastStep: Int { max(firstStep, configuration.training.steps) }

    /// Writes `weights.safetensors` from rank zero, under the names of DAFormer's checkpoints.
    func writeWeights() throws {
        guard case .student(let student) = work, world.rank == 0 else { return }
        try lock.requireHeld()
        try NetworkWeights.save(
            student.replica.network, to: weightsPath, as: .network,
            metadata: [
                "configuration_hash": configuration.stableHash, TrainedModel.stepKey: "\(lastStep)",
                TrainedModel.networkKey: TrainedNetwork.student.rawValue,
                TrainedModel.settingHashKey: XXHash64.digits(of: configuration.resolvedYAML().utf8),
            ].merging(TrainedClasses.metadata(of: configuration.labelSpace.space)) { own, _ in own })
    }

    /// Gives weights of an earlier end another name when the run goes on: whoever reads the folder before the new end
    /// must not take them for the newest.
    func setWeightsAside() throws {
        guard firstStep < configuration.training.steps, try CheckpointFiles.isPresent(weightsPath) else { return }
        var step: Int?
        // Their name matters less than that they are kept, whatever is wrong with them.
        do throws(WeightsError) {
            step = try SafeTensorsFile(weightsPath).metadata[TrainedModel.stepKey].flatMap { Int($0) }
        } catch {}
        let name = "\(options.outputFolder)/weights-\(step.map { "step-\($0)" } ?? "earlier")"
        var other = "\(name).safetensors"
        var number = 2
        while try CheckpointFiles.isPresent(other) {
            other = "\(name)-\(number).safetensors"
            number += 1
        }
        guard rename(weightsPath, other) == 0 else {
            throw RunError.output("\(weightsPath): cannot be renamed to \(other); check the folder's permissions")
        }
        StandardError.write("note: \(weightsPath) is kept as \(other) until the run has ended\n")
    }

    private var weightsPath: String { "\(options.outputFolder)/\(TrainedModel.weightsName)" }
}
