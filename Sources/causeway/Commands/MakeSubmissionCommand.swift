internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Datasets
internal import Evaluation
internal import ImageIO
internal import Machine
internal import Training

/// `causeway make-submission`: predictions of test images as a benchmark's server takes them.
struct MakeSubmissionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-submission",
        abstract: "Predicts a benchmark's test images as its server takes them; under mpirun with all ranks.",
        discussion: """
            Formats: acdc (labelTrainIds/), dark-zurich (labelTrainIds/, confidence/, labelTrainIds_invalid/) and \
            cityscapes (labelIds/); of networks that find objects cityscapes-panoptic (panoptic.json and panoptic/, \
            COCO's panoptic form) and cityscapes-instances (instances/, a text file an image with its masks); kitti-360 \
            (label ids) and kitti-360-instances (text files and masks), both without a folder. Images \
            pass through the network in the size and windows of the setting's section `evaluation`. The result is \
            checked as by `causeway check-submission`; the last line is the command that packs it.

              causeway make-submission runs/acdc --format acdc --data $CAUSEWAY_DATA/acdc --out submissions/acdc
            """)

    @Argument(help: "Folder that `causeway train` or `causeway pipeline` wrote, a checkpoint, or a file of weights with --config.")
    var network: String

    @OptionGroup var model: ModelOptions

    @Option(help: "The server: \(SubmissionFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: SubmissionFormat

    @Option(help: "Root of the data set.")
    var data: String

    @Option(help: "Split to predict; val to try it out.")
    var split = DatasetSplit.test

    @Option(help: "Folder to write.")
    var out: String

    func run() throws {
        CommandJob.run { world in
            let share = try CoreShare(of: world)
            let dataset = try DatasetRegistry.open(
                format.dataset, root: data, split: split, options: .init(readsLabels: false))
            var facts = RankFacts()
            facts.append(filesOf: dataset, in: [data], "--data")
            try world.requireSame(facts)
            try OutputPlace.require(out, named: "--out \(out)", apartFrom: dataset.samples.map(\.imagePath))
            try SubmissionWriter.requireUniqueNames(dataset.samples)
            if world.rank == 0, let notice = dataset.passedOver.notice(of: dataset.name) {
                StandardError.write("note: \(notice)\n")
            }
            let trained = try model.load(network, world: world)
            // Predictions of two networks in one folder could not be told apart.
            let lock = try FolderLock(out, world: world)
            defer { lock.release() }
            let writer = try SubmissionWriter(
                format, folder: out, labelSpace: trained.labelSpace, fusion: trained.configuration.evaluation.fusion)
            var predictor = trained.predictor()
            predictor.findsObjects = format.isOfObjects
            var entries = ImageList<PanopticWriter.Entry>()
            var large = LargeImages()
            try ImageWork(title: dataset.name, count: dataset.count, world: world).run(
                on: share, trained.configuration.engine
            ) { index in
                let path = dataset.samples[index].imagePath
                MemoryShortage.isAtWork(on: path)
                let header = try ImageCodec.header(ofFile: path)
                try predictor.requireMemory(for: header, name: path)
                large.note(path, header.asImage, predictor)
                let prediction = try predictor.predict(try dataset.loadImage(index), name: path)
                if let entry = try writer.write(prediction, ofImage: path) { entries.append(entry, image: index) }
            }
            large.say(of: world.rank)
            let all = try world.merged(entries, format.rawValue)
            if world.rank == 0 { try writer.finish(all) }
            lock.release()  // its file is no part of what is handed in
            guard world.rank == 0 else { return }
            // The others wait for this rank in the end of MPI.
            try world.working {
                try CheckSubmissionCommand.report(
                    SubmissionChecker(format, folder: out, images: dataset.samples, split: split))
            }
        }
    }
}
