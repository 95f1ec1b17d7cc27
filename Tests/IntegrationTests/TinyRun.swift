import Foundation
import Testing
import _TestSupport

/// A training run of a setting of `Tests/Fixtures/integration` in a folder of its own.
struct TinyRun {
    enum Setting: String {
        /// DAFormer.
        case tiny
        /// CoPT on MIC and HRDA.
        case tinyCoPT = "tiny-copt"
        /// LIDAPS without text.
        case tinyPanoptic = "tiny-panoptic"
        /// Mask R-CNN alone, on source images.
        case tinyObjects = "tiny-objects"
        /// Mask2Former of all classes, on source images.
        case tinyPanopticQueries = "tiny-panoptic-queries"
        /// UDA4Inst's second stage.
        case tinyInstance = "tiny-instance"
    }

    /// A line of `log.jsonl`; a loss that is not finite is nil.
    struct LogLine: Decodable, Equatable {
        let step: Int
        let event: String
        let loss: Double?
        /// The distance of class features from text.
        let textLoss: Double?
        let confidentShare: Double?
        let sureObjects: Double?
        /// Of labelled objects, and of pasted ones.
        let proposalLoss: Double?
        let mixedProposalLoss: Double?
        let loaderWaitSeconds: Double?
        let systemAllocations: Int?
        /// Of the host for its device.
        let deviceWaits: Double?
        let peakMemoryBytes: Int?
        let skippedSteps: Int?
        let badSamples: Int?

        enum CodingKeys: String, CodingKey {
            case step, event, loss, confidentShare, loaderWaitSeconds, systemAllocations, skippedSteps, badSamples
            case deviceWaits, peakMemoryBytes
            case textLoss = "loss.text"
            case sureObjects
            case proposalLoss = "loss.proposalScores"
            case mixedProposalLoss = "loss.mixed.proposalScores"
        }
    }

    private let folder = TemporaryFolder()
    private let setting: Setting
    /// Keys that differ from the setting, `key.path=value`.
    let changes: [String]
    /// nil for one process without a launcher.
    let ranks: Int?

    init(setting: Setting = .tiny, ranks: Int? = nil, _ changes: String...) {
        self.init(setting: setting, ranks: ranks, changes)
    }

    init(setting: Setting = .tiny, ranks: Int? = nil, _ changes: [String]) {
        self.setting = setting
        self.ranks = ranks
        self.changes = changes
    }

    var outputFolder: String { folder.file("out") }

    /// Trains, or goes on.
    ///
    /// - Parameters:
    ///   - ranks: another number than the run's own.
    ///   - changes: more keys that differ.
    ///   - environment: more variables.
    func train(
        ranks: Int? = nil, resumes: Bool = false, data: String = TinyToytown.path,
        interruption: Job.Interruption? = nil, changes further: [String] = [], environment: [String: String] = [:]
    ) throws -> Job {
        let file = RepositoryFile.path("Tests/Fixtures/integration/\(setting.rawValue).yaml")
        var arguments = ["train", "--config", file, "--out", outputFolder]
        if setting == .tinyCoPT {
            let table = RepositoryFile.path("configs/text/tables/wordllama-synthetic-real.safetensors")
            arguments += ["--set", "method.textAlignment.embeddings=\(table)"]
        }
        for change in changes + further { arguments += ["--set", change] }
        if resumes { arguments.append("--resume") }
        return try Job.run(
            "causeway", arguments, ranks: ranks ?? self.ranks,
            settings: environment.merging(["TOYTOWN": data]) { $1 }, interruption: interruption)
    }

    /// Trains to the end, which must come well.
    func finish(ranks: Int? = nil, resumes: Bool = false) throws {
        let job = try train(ranks: ranks, resumes: resumes)
        try #require(job.status == 0, "\(job.output)")
    }

    /// Does something to the run once its log has a step.
    func interruption(_ action: Job.Interruption.Action, afterStep step: Int) -> Job.Interruption {
        Job.Interruption(action) { _ in (try? log().last?.step ?? 0 >= step) ?? false }
    }

    /// All whole lines of the log.
    func log() throws -> [LogLine] {
        let lines = try file("log.jsonl").split(separator: UInt8(ascii: "\n"))
        return try lines.map { try JSONDecoder().decode(LogLine.self, from: $0) }
    }

    /// The lines of training steps.
    func steps() throws -> [LogLine] { try log().filter { $0.event == "train" } }

    func losses() throws -> [Double] { try steps().map { try #require($0.loss) } }

    func path(_ name: String) -> String { "\(outputFolder)/\(name)" }

    /// A file that the run left.
    func file(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }

    func checkpointFile(_ name: String, ofStep step: Int) -> String {
        let digits = String(step)
        return "checkpoints/step-\(String(repeating: "0", count: 6 - digits.count))\(digits)/\(name)"
    }

    /// What the whole state of the run after a step comes to: the index has the hash of every rank's part.
    func state(afterStep step: Int) throws -> Data { try file(checkpointFile("index.json", ofStep: step)) }
}
