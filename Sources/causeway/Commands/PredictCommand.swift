internal import ArgumentParser
internal import Basics
internal import Collectives
internal import Datasets
internal import Evaluation
internal import ImageIO
internal import Machine
internal import Reports
internal import SegmentationModels
internal import Training

/// `causeway predict`: class maps of a folder of images.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predicts the classes of an image, or of all in a folder; under mpirun with all ranks.",
        discussion: """
            Writes three PNG files an image, in its own size and under its name: labels/ (one id a pixel), colors/ \
            (display colours) and overlays/ (colours over the image); and legend.png, which colour is which class. \
            Images pass through the network in the size and windows of the setting's section `evaluation`.

            A network that finds objects also writes panoptic.json and panoptic/ (segments in COCO's panoptic form), \
            instances/ (every object with its score, in Cityscapes' form), instances.json (the same as results of \
            COCO) and objects/ (segments over the image, objects outlined in colours of their own). Ids in these are \
            those of the label space's files. `causeway score panoptic` and `score instance` score them. A network \
            that finds objects alone writes no segments; objects/ then shows those with a score from \
            evaluation.fusion.smallestScore on.
            """)

    @Argument(help: "Folder that `causeway train` or `causeway pipeline` wrote, a checkpoint, or a file of weights with --config.")
    var network: String

    @OptionGroup var model: ModelOptions

    @Option(help: "A PNG or JPEG image, or a folder of them, at any depth.")
    var images: String

    @Option(help: "Folder to write.")
    var out: String

    @Option(help: "Numbers in labels/: train ids (places in the label space), or the ids that its label files have.")
    var ids = LabelIDs.train

    @Option(help: "Share of colour in the overlays, from 0 to 1.")
    var opacity: Float = 0.5

    func validate() throws {
        guard (0...1).contains(opacity) else { throw ValidationError("--opacity must be from 0 to 1, got \(opacity)") }
    }

    func run() throws {
        CommandJob.run { world in
            let share = try CoreShare(of: world)
            let folder = try ImageFolder(images)
            if world.rank == 0, let notice = folder.passedOver.notice(of: images) {
                StandardError.write("note: \(notice)\n")
            }
            let written = PredictionWriter.folders + ObjectPredictionWriter.folders
            try OutputFolder.require(out, apartFrom: images, walked: folder.folders, folders: written)
            let files = folder.files
            try world.requireSame(Self.facts(files))
            let trained = try model.load(network, world: world)
            let objects = try objectWriter(trained, folder)
            // Predictions of two networks in one folder could not be told apart.
            let lock = try FolderLock(out, world: world)
            defer { lock.release() }
            let writer = PredictionWriter(
                folder: out, labelSpace: trained.labelSpace, ids: ids, opacity: opacity)
            var predictor = trained.predictor()
            predictor.findsConfidence = false
            let older = world.rank == 0 ? try writer.filesThatStay(besidesThoseOf: files) : []
            var entries = ImageList<ObjectPredictionWriter.Entry>()
            var large = LargeImages()
            try ImageWork(title: images, count: files.count, world: world).run(
                on: share, trained.configuration.engine
            ) { index in
                let path = "\(folder.path)/\(files[index])"
                MemoryShortage.isAtWork(on: path)
                let header = try ImageCodec.header(ofFile: path)
                try predictor.requireMemory(for: header, name: path)
                let image = try ImageCodec.readRGB(path)
                large.note(path, header.asImage, predictor)
                let prediction = try predictor.predict(image, name: path)
                if prediction.hasClasses { try writer.write(prediction.labels, of: image, file: files[index]) }
                guard let entry = try objects?.write(prediction, of: image, file: files[index]) else { return }
                entries.append(entry, image: index)
            }
            large.say(of: world.rank)
            let all = try world.merged(entries, "objects")
            if world.rank == 0 {
                try objects?.finish(all)
                try ImageCodec.writePNG(ClassLegend.grid(trained.labelSpace).rendered(), to: "\(out)/legend.png")
            }
            if let first = older.first {
                StandardError.write(
                    "note: \(out) also holds \(older.count) older prediction\(older.count == 1 ? "" : "s") of other "
                        + "images, such as \(first); remove the folder before predicting to have these alone\n")
            }
            if world.rank == 0 { print("\(out): \(files.count) images") }
        }
    }

    /// What writes the objects of a network that finds any; nil for others.
    ///
    /// - Throws: where files of two images would have one name, which those of the classes have not.
    private func objectWriter(_ trained: TrainedModel, _ images: ImageFolder) throws -> ObjectPredictionWriter? {
        guard trained.network.objectDecoder != nil else { return nil }
        try ObjectFileName.requireUnique(images.files.map { "\(images.path)/\($0)" })
        return ObjectPredictionWriter(
            folder: out, labelSpace: trained.labelSpace, fusion: trained.configuration.evaluation.fusion,
            opacity: opacity)
    }

    /// The ranks share the files out by their places in the list.
    private static func facts(_ files: [String]) -> RankFacts {
        var facts = RankFacts()
        for (index, file) in files.enumerated() {
            facts.append("image \(index + 1) of --images", file, remark: "of \(files.count)")
        }
        return facts
    }
}
