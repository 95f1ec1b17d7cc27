internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Datasets
internal import Evaluation
internal import Reports
internal import Training

/// `causeway score instance`: average precision of files of predicted objects.
struct ScoreInstanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instance",
        abstract: "Scores files of objects: AP and AP50 of masks, by Cityscapes' rules or COCO's; under mpirun with "
            + "all ranks.",
        discussion: """
            cityscapes: --labels is a folder with ..._instanceIds.png at any depth, --predictions one with a text \
            file an image, whose name begins with the image's (frankfurt_000000_000294*.txt). Each of its lines is \
            the path of a mask (PNG, what is not black belongs to it), the label id and the score. The scores are \
            those of cityscapesScripts' evalInstanceLevelSemanticLabeling, in percent.

            coco: --labels is a file of annotations (images, categories, annotations with polygons or run lengths), \
            --predictions a list of results (image_id, category_id, segmentation, score); an image without results \
            has no object found. The scores are those of pycocotools' COCOeval for masks, in percent. As there, the \
            area of a result is that of its box where the first result has a `bbox`, else that of its mask: it \
            decides what counts for APs, APm and APl.

              causeway score instance --protocol cityscapes --labels cityscapes/gtFine/val --predictions out/instances
              causeway score instance --protocol coco --labels instances_val2017.json --predictions results.json
            """)

    /// Whose rules.
    enum Rules: String, ExpressibleByArgument, CaseIterable {
        case cityscapes, coco
    }

    @Option(name: .customLong("protocol"), help: "Whose files and rules: cityscapes or coco.")
    var rules: Rules

    @Option(help: "Folder (cityscapes) or JSON file (coco) of the true objects.")
    var labels: String

    @Option(help: "Folder (cityscapes) or JSON file (coco) of the predicted objects.")
    var predictions: String

    @Option(
        help: """
            Classes of the label ids, for cityscapes: a name of configs/labels, or a path (default: cityscapes19).
            """)
    var labelSpace: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard labelSpace == nil || rules == .cityscapes else {
            throw ValidationError("--label-space is for --protocol cityscapes; files of COCO name their categories")
        }
    }

    func run() throws {
        CommandJob.run { world in
            let report = try rules == .cityscapes ? cityscapes(world) : coco(world)
            guard world.rank == 0 else { return }
            if !report.hasScore {
                StandardError.write("note: \(labels): no true object counts, so there is no score\n")
            }
            output.show(table: report.table, json: report.json)
        }
    }

    private func cityscapes(_ world: any ProcessGroup) throws -> InstanceReport {
        let space = try LabelSpaceLibrary.standard.space(labelSpace ?? "cityscapes19", keyPath: "--label-space")
        let scorer = try CityscapesInstanceScorer(labels: labels, predictions: predictions, space: space)
        var facts = RankFacts()
        for (index, name) in scorer.imageNames.enumerated() {
            facts.append("image \(index + 1) of --labels", name, remark: "of \(scorer.imageCount)")
        }
        try world.requireSame(facts)
        let matches = try world.sharing("average precision") { share throws(EvaluationError) in
            try scorer.matches(share: share)
        }
        return InstanceReport(scorer, scorer.precisions(matches))
    }

    private func coco(_ world: any ProcessGroup) throws -> InstanceReport {
        let scorer = try COCOInstanceScorer(labels: labels, predictions: predictions)
        var facts = RankFacts()
        for path in [labels, predictions] {
            facts.append("the file \(path)", RankFacts.contentDigest(path) ?? "unreadable")
        }
        try world.requireSame(facts)
        let matches = try world.sharing("average precision") { share throws(EvaluationError) in
            scorer.matches(share: share)
        }
        if world.rank == 0 { for notice in scorer.notices { StandardError.write("note: \(notice)\n") } }
        return InstanceReport(scorer, scorer.precisions(matches))
    }
}
