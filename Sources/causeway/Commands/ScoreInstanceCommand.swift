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
        abstract:
            "Scores files of objects: AP and AP50 of masks, by Cityscapes' rules, KITTI-360's or COCO's; under mpirun with "
            + "all ranks.",
        discussion: """
            cityscapes: --labels is a folder with ..._instanceIds.png at any depth, --predictions one with a text \
            file an image, whose name begins with the image's (frankfurt_000000_000294*.txt). Each of its lines is \
            the path of a mask (PNG, what is not black belongs to it), the label id and the score. The scores are \
            those of cityscapesScripts' evalInstanceLevelSemanticLabeling, in percent.

            kitti-360: --labels is a list of frames in KITTI-360's data_2d_semantics/train, such as \
            2013_05_28_drive_val_frames.txt; --predictions as above, with names that begin with drive and frame \
            (0000_0000000250*.txt), or as predict writes them. The scores are those of kitti360Scripts, of all countable \
            classes of the label space: every pixel counts as much as its label is sure. --unweighted counts all alike.

            coco: --labels is a file of annotations (images, categories, annotations with polygons or run lengths), \
            --predictions a list of results (image_id, category_id, segmentation, score); an image without results \
            has no object found. The scores are those of pycocotools' COCOeval for masks, in percent. As there, the \
            area of a result is that of its box where the first result has a `bbox`, else that of its mask: it \
            decides what counts for APs, APm and APl. Results of predict also name files, by which images are found \
            where image_ids say otherwise; ids of categories must be the labels'.

              causeway score instance --protocol cityscapes --labels cityscapes/gtFine/val --predictions out/instances
              causeway score instance --protocol coco --labels instances_val2017.json --predictions results.json
            """)

    /// Whose rules.
    enum Rules: String, ExpressibleByArgument, CaseIterable {
        case cityscapes
        case kitti360 = "kitti-360"
        case coco
    }

    @Option(name: .customLong("protocol"), help: "Whose files and rules: cityscapes, kitti-360 or coco.")
    var rules: Rules

    @Option(help: "Folder (cityscapes), list of frames (kitti-360) or JSON file (coco) of the true objects.")
    var labels: String

    @Option(help: "Folder (cityscapes, kitti-360) or JSON file (coco) of the predicted objects.")
    var predictions: String

    @Option(
        help: """
            Classes of the label ids: a name of configs/labels, or a path (default: cityscapes19 or kitti360); not for coco.
            """)
    var labelSpace: String?

    @Flag(help: "For kitti-360: count all pixels alike, whatever is known of how sure their labels are.")
    var unweighted = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard labelSpace == nil || rules != .coco else {
            throw ValidationError("--label-space is not for --protocol coco, whose files name their categories")
        }
        guard !unweighted || rules == .kitti360 else {
            throw ValidationError("--unweighted is for --protocol kitti-360; nothing else knows how sure labels are")
        }
    }

    func run() throws {
        CommandJob.run { world in
            let report = try rules == .coco ? coco(world) : instanceIDs(world)
            guard world.rank == 0 else { return }
            if !report.hasScore {
                let classes =
                    rules == .coco
                    ? ""
                    : labelSpace.map { " of the classes of \($0)" }
                        ?? " of the classes of \(publishedSpace); --label-space gives others"
                StandardError.write("note: \(labels): no true object counts\(classes), so there is no score\n")
            }
            output.show(table: report.table, json: report.json)
        }
    }

    private var publishedSpace: String { rules == .kitti360 ? "kitti360" : "cityscapes19" }

    private func instanceIDs(_ world: any ProcessGroup) throws -> InstanceReport {
        let space = try LabelSpaceLibrary.standard.space(labelSpace ?? publishedSpace, keyPath: "--label-space")
        let scorer =
            rules == .kitti360
            ? try CityscapesInstanceScorer(
                kitti360: labels, predictions: predictions, space: space, usesConfidence: !unweighted)
            : try CityscapesInstanceScorer(labels: labels, predictions: predictions, space: space)
        var facts = RankFacts()
        for (index, name) in scorer.imageNames.enumerated() {
            facts.append("image \(index + 1) of --labels", name, remark: "of \(scorer.imageCount)")
        }
        try world.requireSame(facts)
        if world.rank == 0, let notice = try scorer.noticeOfClasses() {
            StandardError.write("note: \(predictions): \(notice)\n")
        }
        let progress = world.progress("scoring", of: scorer.imageCount)
        let matches = try world.sharing("average precision") { share throws(EvaluationError) in
            try scorer.matches(share: share, progress: progress)
        }
        return InstanceReport(
            scorer, scorer.precisions(matches),
            protocolName: scorer.isWeighted ? "kitti-360, weighted by confidence" : rules.rawValue)
    }

    private func coco(_ world: any ProcessGroup) throws -> InstanceReport {
        let scorer = try COCOInstanceScorer(labels: labels, predictions: predictions)
        var facts = RankFacts()
        for path in [labels, predictions] {
            facts.append("the file \(path)", RankFacts.contentDigest(path) ?? "unreadable")
        }
        try world.requireSame(facts)
        let progress = world.progress("scoring", of: scorer.imageCount)
        let matches = try world.sharing("average precision") { share throws(EvaluationError) in
            scorer.matches(share: share, progress: progress)
        }
        if world.rank == 0, let pairing = scorer.pairingNotice { StandardError.write("note: \(pairing)\n") }
        if world.rank == 0 { for notice in scorer.notices { StandardError.write("note: \(notice)\n") } }
        return InstanceReport(scorer, scorer.precisions(matches))
    }
}
