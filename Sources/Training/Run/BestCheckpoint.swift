internal import Basics
internal import Collectives
internal import Configuration
internal import DataParallel
internal import Datasets
internal import Evaluation

/// Why a checkpoint was kept beside the newest ones: a score on labels that nothing was trained on.
struct BestChoice: Equatable {
    /// As `checkpoint.best` names it.
    let name: String
    let value: Double

    /// Key in a checkpoint.
    static let key = "best"

    init(name: String, value: Double) {
        self.name = name
        self.value = value
    }

    /// Of a stored checkpoint; nil for one that was not chosen.
    init?(_ state: [String: String]) {
        guard let text = state[Self.key], let end = text.lastIndex(of: "="),
            let value = Double(text[text.index(after: end)...])
        else { return nil }
        self.init(name: String(text[..<end]), value: value)
    }

    /// Every digit, so that a run that goes on compares with the same number.
    var stored: [String: String] { [Self.key: "\(name)=\(value)"] }

    /// `mIoU 41.2`
    var text: String { "\(name) \(NumberText.percent(value))" }

    var explanation: String {
        "it was chosen for its \(text) on the labels of evaluation.dataset: scores on those are no measure of other images"
    }
}

/// The checkpoint with the best score so far, in a folder of its own beside the newest ones: `checkpoint.best`.
///
/// It is saved with the score's evaluation, whether a checkpoint was due or not, and before the score is in the log: a
/// run that is killed in between scores again, and keeps what it has.
final class BestCheckpoint {
    private let name: String
    private let checkpoints: RunCheckpoints
    /// On rank 0, which decides.
    private(set) var choice: BestChoice?
    private var step = 0

    /// Finds what an earlier start kept. Collective.
    ///
    /// - Parameters:
    ///   - checkpoints: of the folder of the best.
    ///   - goesOn: whether the run goes on from a checkpoint; one that begins anew takes the place of what is there.
    init(_ name: String, in checkpoints: RunCheckpoints, goesOn: Bool, world: any ProcessGroup) throws {
        self.name = name
        self.checkpoints = checkpoints
        guard goesOn else { return }
        // One that is damaged takes nothing from the run: the next score is the best then.
        var found: Checkpoint?
        do throws(CheckpointError) {
            found = try checkpoints.folder.newestWhole(group: world).checkpoint
        } catch {
            guard error.code == .damaged else { throw error }
            if world.rank == 0 { StandardError.write("warning: \(error); the best is looked for anew\n") }
        }
        guard world.rank == 0, let found else { return }
        guard let earlier = BestChoice(found.state), earlier.name == name else {
            StandardError.write(
                "note: \(found.path) was chosen by another score than checkpoint.best=\(name); it goes with the next one\n"
            )
            return
        }
        (choice, step) = (earlier, found.step)
    }

    /// Which it is, for a person; on rank 0.
    var summary: String {
        let folder = checkpoints.folder
        guard let choice else {
            return "note: no evaluation had a value of \(name), so that \(folder.path) holds no best"
        }
        return "best: \(choice.text) after step \(step), \(folder.path(ofStep: step)); chosen on the labels of "
            + "evaluation.dataset, so that its scores there are no measure of other images"
    }

    /// Saves the work's state where a score is better than all before. Collective over the job.
    ///
    /// - Parameter scores: on rank 0.
    /// - Returns: what it was chosen for; nil where it was not, and on other ranks.
    func consider(_ scores: ScoreSheet?, of work: RankWork, step: Int, world: any ProcessGroup) throws -> BestChoice? {
        var better: BestChoice?
        if world.rank == 0, let value = scores?.value(of: name), value.isFinite, value > choice?.value ?? -.infinity {
            better = BestChoice(name: name, value: value)
        }
        var decision = [better == nil ? 0 : 1]
        try world.broadcast(&decision, from: 0)
        guard decision[0] == 1 else { return nil }
        try checkpoints.save(work, step: step, world: world, facts: better?.stored ?? [:])
        // One of a later step is of a way that the run went back from.
        if world.rank == 0 { try checkpoints.folder.keepOnly(step) }
        (choice, self.step) = (better, step)
        return better
    }
}

extension RunConfiguration {
    /// Refuses a score that no evaluation gives. Which conditions the images are of is not known yet: all may be. Only
    /// training asks: what was trained may be scored by other measures.
    func validateBest() throws(ConfigurationError) {
        guard let name = checkpoint.best else { return }
        guard evaluation.dataset != nil else {
            throw .impossible(
                "checkpoint.best", "there is nothing to score on; give evaluation.dataset, or use checkpoint.best=null")
        }
        let subject = MeasureSubject(
            labelSpace: scoredLabelSpace, evaluatedTrainIDs: try scoredTrainIDs(), conditions: CaptureCondition.allCases
        )
        try ScoreNames(of: evaluation.measures.map { $0.make(subject) }, subject).require(name)
    }
}

extension ScoreNames {
    /// - Throws: `ConfigurationError` that names those there are.
    func require(_ name: String) throws(ConfigurationError) {
        guard !all.contains(name) else { return }
        let nearest = NearestName.find(name, among: all).map { "did you mean '\($0)'? " } ?? ""
        throw .impossible(
            "checkpoint.best", "'\(name)' is no score of evaluation.measures; \(nearest)there are \(summary)")
    }
}
