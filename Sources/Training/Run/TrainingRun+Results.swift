internal import Collectives
internal import Evaluation
internal import NN
internal import SegmentationModels

/// What a run leaves for others: scores on the way, weights at the end.
extension TrainingRun {
    /// Scores the students' network, with the running statistics of the first student, when it is time to.
    /// Collective over the students; teachers go on to the next step and wait there.
    ///
    /// - Parameter step: steps done.
    func evaluateIfDue(after step: Int, _ reporter: RunReporter?) throws {
        let isLast = step == configuration.training.steps
        guard let evaluation, isLast || step % configuration.evaluation.every == 0 else { return }
        guard case .student(let student) = work else { return }
        let scores = try student.withBuffersOfFirstStudent { network, students in
            try evaluation.scores(network, world: students)
        }
        try reporter?.evaluated(after: step, scores, labelSpace: evaluation.labelSpace)
    }

    /// Scores the checkpoint that the run goes on from, if it is time to and the run ended before it had. Collective.
    func makeUpForScores(_ reporter: RunReporter?) throws {
        var isMissing = [try reporter?.hasScores(of: firstStep) == false ? 1 : 0]
        try world.broadcast(&isMissing, from: 0)
        if isMissing[0] == 1 { try evaluateIfDue(after: firstStep, reporter) }
    }

    /// Writes `weights.safetensors` from rank zero, under the names of DAFormer's checkpoints.
    func writeWeights() throws {
        guard case .student(let student) = work, world.rank == 0 else { return }
        try NetworkWeights.save(
            student.replica.network, to: "\(options.outputFolder)/\(TrainedModel.weightsName)", as: .network,
            metadata: ["configuration_hash": configuration.stableHash])
    }
}
