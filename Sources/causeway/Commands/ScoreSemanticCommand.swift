internal import ArgumentParser
internal import Basics
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
            without endings such as _leftImg8bit, _rgb_anon or _gtFine_labelTrainIds. Pixels whose label is ignored \
            are not counted; a pixel predicted as ignored counts as a miss. Where the label folders below --labels \
            are named after several conditions (fog, night, rain, snow, ...), as ACDC's are, each gets a mean of its \
            own.

              causeway score semantic --predictions out/labels --labels cityscapes/gtFine/val \\
                --label-space cityscapes19
            """)

    @Option(help: "Folder of predicted class maps.")
    var predictions: String

    @Option(help: "Folder of true class maps.")
    var labels: String

    @Option(help: "Classes of the labels and of the scores: a name of configs/labels, or the path of a label space.")
    var labelSpace: String

    @Option(help: "Classes of the predictions, where they are others (default: those of the labels).")
    var predictionLabelSpace: String?

    @Option(help: "Numbers in label files: train or label ids (default: label for _labelIds.png, else train).")
    var ids: LabelIDs?

    @Option(help: "Numbers in prediction files, in the same way.")
    var predictionIds: LabelIDs?

    @Option(parsing: .upToNextOption, help: "Names or train ids of the classes that enter the mean (default: all).")
    var classes: [String] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
        let space = try LabelSpaceLibrary.standard.space(labelSpace, keyPath: "--label-space")
        let predicted = try predictionLabelSpace.map {
            try LabelSpaceLibrary.standard.space($0, keyPath: "--prediction-label-space")
        }
        let references = classes.compactMap { ClassReference(configurationText: $0) }
        let scored = classes.isEmpty ? nil : try references.trainIDs(of: space.classNames, keyPath: "--classes")
        var scorer = try SemanticDirectoryScorer(labelSpace: space, predictionLabelSpace: predicted)
        scorer.labelIDs = ids
        scorer.predictionIDs = predictionIds
        var progress: CountProgress?
        let result = try scorer.score(predictions: predictions, labels: labels, classes: scored) { done, total in
            let shown = progress ?? CountProgress("scoring", total: total)
            progress = shown
            shown.show(done)
        }
        if let notice = result.notice { StandardError.write("note: \(notice)\n") }
        let scores = ScoreSheet(classNames: space.classNames, [result.measure.scores])
        let report = ScoreReport(
            labelSpace: space, imageCount: result.imageCount, columns: [.init(title: "IoU %", scores: scores)])
        output.show(table: report.table, json: report.json)
    }
}
