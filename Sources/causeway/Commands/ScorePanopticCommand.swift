internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Evaluation
internal import Reports
internal import Training

/// `causeway score panoptic`: panoptic quality of files of COCO's panoptic form.
struct ScorePanopticCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "panoptic",
        abstract: "Scores panoptic files: PQ, SQ and RQ of all classes, things and stuff; under mpirun with all ranks.",
        discussion: """
            Both files are of COCO's panoptic form, as panopticapi, detectron2, cityscapesScripts and many others \
            write it: a JSON file, and a folder of PNG files (id = R + 256 G + 65536 B, 0 is void) that is named as \
            the JSON file without its ending. Every image of the labels needs a prediction; predictions of other \
            images are passed over. Images are paired by `image_id`; where the names of files (without \
            their ending) say otherwise, or no id is shared, by these, and a note says how. Classes, and which of them \
            are countable, are the `categories` of the labels. The \
            scores are those of panopticapi, in percent.

              causeway score panoptic --labels cityscapes/gtFine/cityscapes_panoptic_val.json \\
                --predictions out/panoptic.json
            """)

    @Option(help: "JSON file of the true segments.")
    var labels: String

    @Option(help: "JSON file of the predicted segments.")
    var predictions: String

    @Option(help: "Folder of the labels' PNG files (default: named as --labels without .json).")
    var labelFolder: String?

    @Option(help: "Folder of the predictions' PNG files (default: named as --predictions without .json).")
    var predictionFolder: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        CommandJob.run { world in
            let scorer = try PanopticFileScorer(
                labels: labels, predictions: predictions, labelFolder: labelFolder, predictionFolder: predictionFolder)
            var facts = RankFacts()
            for path in [labels, predictions] {
                facts.append("the file \(path)", RankFacts.contentDigest(path) ?? "unreadable")
            }
            try world.requireSame(facts)
            let progress = world.progress("scoring", of: scorer.imageCount)
            let matches = try world.sharing("panoptic quality") { share throws(EvaluationError) in
                try scorer.matches(share: share, progress: progress)
            }
            guard world.rank == 0 else { return }
            let report = PanopticReport(scorer, scorer.quality(matches))
            StandardError.write("note: \(scorer.pairingNotice)\n")
            if let first = scorer.foreignImages.first {
                let count = scorer.foreignImages.count
                StandardError.write(
                    "note: \(predictions): \(count) image\(count == 1 ? " is" : "s are") not in \(labels), such as "
                        + "\(first), and not scored\n")
            }
            if !report.hasScore {
                StandardError.write("note: \(labels): no segment of any class counts, so there is no score\n")
            }
            output.show(table: report.table, json: report.json)
        }
    }
}
