internal import ArgumentParser
internal import Configuration
internal import Datasets
internal import Evaluation
internal import Reports
internal import Training

/// `causeway score semantic`: IoU of class maps in files.
struct ScoreSemanticCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "semantic",
        abstract: "Scores class maps: IoU of each class, their mean, and pixel accuracy.",
        discussion: """
            Both folders hold PNG files of one id a pixel, at any depth. Files are matched by the name of their image, \
            without endings such as _leftImg8bit, _rgb_anon or _gtFine_labelTrainIds. Pixels whose label is ignored are \
            not counted; a pixel predicted as ignored counts as a miss. Where the label folders below --labels are named \
            after several conditions (fog, night, rain, snow, ...), as ACDC's are, each gets a mean of its own.

              causeway score semantic --predictions out/labels --labels cityscapes/gtFine/val \\
                --label-space cityscapes19
            """)

    @Option(help: "Folder of predicted class maps.")
    var predictions: String

    @Option(help: "Folder of true class maps.")
    var labels: String

    @Option(help: "Classes of the labels and of the scores: \(LabelSpaceKind.names.joined(separator: ", ")).")
    var labelSpace: LabelSpaceKind

    @Option(help: "Classes of the predictions, where they are others (default: those of the labels).")
    var predictionLabelSpace: LabelSpaceKind?

    @Option(help: "Numbers in label files: train or label ids (default: label for _labelIds.png, else train).")
    var ids: LabelIDs?

    @Option(help: "Numbers in prediction files (default: as for --ids).")
    var predictionIds: LabelIDs?

    @Option(parsing: .upToNextOption, help: "Train ids of the classes that enter the mean (default: all).")
    var classes: [Int] = []

    @OptionGroup var output: OutputOptions

    func validate() throws {
        let count = labelSpace.space.classCount
        if let wrong = classes.first(where: { !(0..<count).contains($0) }) {
            throw ValidationError("--classes: \(wrong) is no train id of \(labelSpace.rawValue) (0 to \(count - 1))")
        }
    }

    func run() throws {
        var scorer = try SemanticDirectoryScorer(labelSpace: labelSpace, predictionLabelSpace: predictionLabelSpace)
        scorer.labelIDs = ids
        scorer.predictionIDs = predictionIds
        let result = try scorer.score(
            predictions: predictions, labels: labels, classes: classes.isEmpty ? nil : classes)
        let scores = ScoreSheet(classNames: labelSpace.space.classNames, [result.measure.scores])
        let report = ScoreReport(
            labelSpace: labelSpace.space, imageCount: result.imageCount, columns: [.init(title: "IoU %", scores: scores)])
        output.show(table: report.table, json: report.json)
    }
}
