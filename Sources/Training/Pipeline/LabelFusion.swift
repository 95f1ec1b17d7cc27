internal import Annotations
internal import Basics
internal import Collectives
internal import Configuration
internal import Datasets
internal import Evaluation
internal import FoundationEssentials
internal import ImageIO
internal import Machine
internal import SegmentationModels
internal import TensorEngine

/// Labels the target images with what the models of all groups see: the third stage of a pipeline.
struct LabelFusion {
    private let stages: PipelineStages
    private let world: any ProcessGroup
    private let share: CoreShare

    init(_ stages: PipelineStages, world: any ProcessGroup, share: CoreShare) {
        self.stages = stages
        self.world = world
        self.share = share
    }

    /// The file that says that all images are labelled, and how.
    static func summaryPath(_ stages: PipelineStages) -> String { PipelineRecord.path(in: stages.out) }

    /// Labels the images that are left; each rank its share. Collective.
    ///
    /// - Returns: whether all are labelled, rather than the job being stopped by a signal.
    /// - Throws: `RunError` where no image gets an object: there would be nothing to learn.
    func run(progress: (_ title: String, _ total: Int) -> (_ done: Int) -> Void) throws -> Bool {
        let folder = stages.folder(of: .fusion)
        let lock = try FolderLock(folder, world: world)
        defer { lock.release() }
        let setting = try stages.setting(of: stages.last(ofGroup: 0))
        // One rank that fails ends the job.
        if world.rank == 0 { try claim(folder, inputs(setting)) }
        try world.barrier()
        var isDone = [world.rank == 0 && FileManager.default.fileExists(atPath: Self.summaryPath(stages)) ? 1 : 0]
        try world.broadcast(&isDone, from: 0)
        if isDone[0] == 1 {
            if world.rank == 0 { StandardError.write("\(stages.title(of: .fusion)): done before\n") }
            return true
        }
        let target = try targetImages(setting)
        let paths = target.samples.map(\.imagePath)
        let writer = try PseudoLabelFolder(root: folder, images: paths, labelSpace: setting.labelSpace.space)
        try setting.engine.start(share, seat: share.nodeRank, over: world)
        let models = try stages.groups.indices.map { group in
            try TrainedModel(runFolder: stages.folder(of: stages.last(ofGroup: group)), world: world)
        }
        let predictors = models.map { $0.predictor() }
        let region = try stages.configuration.fusion.egoRegion?.region(keyPath: "fusion.egoRegion")
        let show: (Int) -> Void = world.rank == 0 ? progress(stages.title(of: .fusion), target.count) : { _ in }
        for index in ImageShare(rank: world.rank, count: world.size).indices(of: target.count) {
            defer { show(index + 1) }
            guard !StopSignal.isRaised, !writer.holds(paths[index]) else { continue }
            let image = try target.loadImage(index)
            let predictions = try zip(predictors, stages.groups).map { predictor, group in
                let found = try predictor.predict(image, name: paths[index])
                return FusedPseudoLabels.Prediction(found.objects ?? [], classes: Set(group.map { UInt8($0) }))
            }
            let fused = stages.configuration.fusion.labels(
                predictions, height: image.height, width: image.width, ego: region)
            try writer.write(fused, height: image.height, width: image.width, ofImage: paths[index])
        }
        guard try !world.anyTrue(StopSignal.isRaised) else {
            if world.rank == 0 {
                StandardError.write(
                    "\(stages.title(of: .fusion)): stopped; the labels made so far are kept, go on with --resume\n")
            }
            return false
        }
        try finish(target, setting, scores: try scores(of: models, predictors, setting))
        return true
    }

    /// What the labels depend on.
    private func inputs(_ setting: RunConfiguration) throws -> StageInputs {
        func values(_ section: some ConfigurationSection, _ path: String) throws -> [(path: String, text: String)] {
            try ConfigurationFields.resolvedTree(of: section).leaves(path: path)
        }
        return try StageInputs(
            files: stages.groups.indices.map { group in
                let name = StageInputs.weights(ofGroup: stages.configuration.groups[group].name)
                return (name, stages.weights(of: stages.last(ofGroup: group)))
            },
            values: values(stages.configuration.fusion, PipelineStages.fusionName)
                + (setting.data.target.map { try values($0, Self.targetKey) } ?? []))
    }

    private static let targetKey = "data.target"

    /// Takes the folder, for labels of these inputs. Where only numbers of the fusion or the images have changed since
    /// it was begun, which costs no training, and nothing has learnt from the labels yet, they are made anew. By one
    /// rank.
    private func claim(_ folder: String, _ inputs: StageInputs) throws {
        let differences = inputs.differences(in: folder)
        guard !differences.isEmpty, differences.allSatisfy({ isOfLabels($0.name) }) else {
            return try inputs.claim(folder)
        }
        let lines = differences.map { "\n    \($0)" }.joined()
        let final = stages.folder(of: .final)
        guard stages.configuration.final == nil || !StageInputs.areClaimed(final) else {
            throw RunError.output(
                "\(folder): the labels were made otherwise than the setting says now, and \(final) was begun with them; take the "
                    + "values back, or remove both folders to have both stages done anew:" + lines)
        }
        StandardError.write(
            "\(stages.title(of: .fusion)): the labels are made anew, with other values than before:\(lines)\n")
        try removeLabels(in: folder)
        try inputs.write(into: folder, anew: true)
    }

    private func isOfLabels(_ name: String) -> Bool {
        [PipelineStages.fusionName, Self.targetKey].contains { name == $0 || name.hasPrefix("\($0).") }
    }

    /// First what says that all are there; then the links, without which an image has no labels.
    private func removeLabels(in folder: String) throws {
        let entries = try FileManager.default.contentsOfDirectory(atPath: folder)
        for name in [FilePath.name(of: Self.summaryPath(stages)), "leftImg8bit", "gtFine"] where entries.contains(name)
        {
            do { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") } catch {
                throw RunError.output("\(folder)/\(name): cannot be removed; check the folder's permissions")
            }
        }
    }

    private func targetImages(_ setting: RunConfiguration) throws -> any SegmentationDataset {
        guard let section = setting.data.target else {
            throw ConfigurationError.impossible("data.target", "there are no target images to label; give some")
        }
        let target = try section.open(keyPath: "data.target", readsLabels: false, labelSpace: setting.labelSpace.space)
        var facts = RankFacts()
        facts.append(filesOf: target, in: try section.expandedRoots(keyPath: "data.target"), "data.target")
        try world.requireSame(facts)
        return target
    }

    /// What the models reach together, one list of objects after another, where the setting of their adaptation scores
    /// anything. Collective.
    private func scores(
        of models: [TrainedModel], _ predictors: [ImagePredictor], _ setting: RunConfiguration
    ) throws -> ScoreSheet? {
        guard setting.evaluation.dataset != nil, models.allSatisfy({ !$0.network.labelsPixels }) else { return nil }
        try TrainedModel.requireAlike(
            models, of: stages.configuration.groups.map(\.name), in: stages.folder(of: .fusion))
        var whole = setting
        whole.data.group = []
        let evaluation = try RunEvaluation(whole)
        return try evaluation.scores(ImagePredictor(joining: predictors), world: world)
    }

    /// Counts what is there, and says that it is all. Collective.
    private func finish(
        _ target: any SegmentationDataset, _ setting: RunConfiguration, scores: ScoreSheet?
    ) throws {
        var section = DatasetConfiguration()
        section.root = stages.folder(of: .fusion)
        let fused = try section.open(keyPath: "data.source", readsLabels: true, labelSpace: setting.labelSpace.space)
        var counts = [Int](repeating: 0, count: setting.labelSpace.space.classCount)
        for index in ImageShare(rank: world.rank, count: world.size).indices(of: fused.count) {
            for object in try fused.loadObjects(index)?.objects ?? [] { counts[Int(object.trainID)] += 1 }
        }
        try world.allReduce(&counts, .sum)
        guard counts.contains(where: { $0 > 0 }) else {
            throw RunError.output(
                "\(section.root): the models are sure of no object in any of the \(target.count) images, so that nothing could be "
                    + "learnt from them; go on with --resume and a lower fusion.minScore, now "
                    + "\(stages.configuration.fusion.minScore), or begin anew with longer stages before")
        }
        guard world.rank == 0 else { return }
        let classes = zip(setting.labelSpace.space.classNames, counts).filter { $0.1 > 0 }
        let text = JSONValue.object(
            PipelineRecord(stages).members + [
                ("images", .integer(target.count)), ("objects", .integer(counts.reduce(0, +))),
                ("classes", .object(classes.map { ($0.0, .integer($0.1)) })),
                (PipelineRecord.scoresKey, scores.map { .object($0.logMembers) } ?? .null),
            ]).text
        try TextFile.write(text + "\n", to: Self.summaryPath(stages))
        if let scores {
            StandardError.write("\(stages.title(of: .fusion)): all models together: \(scores.summary)\n")
        }
        StandardError.write(
            "\(stages.title(of: .fusion)): \(counts.reduce(0, +)) objects in \(target.count) images ("
                + classes.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + ")\n")
    }
}
