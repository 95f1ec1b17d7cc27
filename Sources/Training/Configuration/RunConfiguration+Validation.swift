internal import Evaluation
public import Configuration
internal import DataLoading
public import DataParallel
internal import Datasets
internal import NN
internal import SegmentationModels

extension RunConfiguration {
    /// Refuses combinations of keys that cannot work. Each key alone was checked when it was read.
    ///
    /// - Parameter variable: looks up the environment variables that data folders name.
    public func validate(
        variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) {
        try validateMethod()
        let datasets = [
            ("data.source", data.source), ("data.target", data.target), ("evaluation.dataset", evaluation.dataset),
        ]
        for case (let keyPath, let dataset?) in datasets {
            for (part, keyPath) in zip(dataset.parts, dataset.partKeyPaths(keyPath)) {
                try validateDataset(part, keyPath, variable)
            }
            try validateCompany(dataset, keyPath)
        }
        try validateCrop()
        try method.method.validate(in: self)
        try validateParts()
        try validateMultiResolution()
        try validateObjects()
        try validateGroup()
        try validateEvaluation()
        try validateClasses()
        try validateMeasures()
        try validateSchedule()
    }

    /// Refuses what cannot be trained on `worldSize` ranks.
    public func validate(worldSize: Int) throws(ConfigurationError) {
        try validateBest()
        let roles = try roles(worldSize: worldSize)
        _ = try training.batch.imagesPerStudent(students: roles.studentCount)
    }

    /// Which ranks of a job of `worldSize` train and which label.
    ///
    /// - Throws: `impossibleCombination` when there are more teachers than ranks to teach, or a method without one.
    public func roles(worldSize: Int) throws(ConfigurationError) -> RankRoles {
        let keyPath = "distribution.teachers"
        let teachers: Int
        switch distribution.teachers {
        case .automatic:
            teachers = method.teaching.map { TeacherPlan(self, $0).teacherCount(worldSize: worldSize) } ?? 0
        case .fixed(let count):
            guard count == 0 || method.teaching != nil else {
                throw .impossible(keyPath, "the method '\(method.kind)' has no teacher; use 0 or auto")
            }
            teachers = count
        }
        do {
            return try RankRoles(worldSize: worldSize, teachers: teachers)
        } catch {
            throw .impossible(
                keyPath,
                "\(error.teacherCount) teachers do not fit \(worldSize) ranks, as each needs at least one student; "
                    + "start at least \(2 * error.teacherCount) ranks with mpirun, or use fewer teachers (0 lets each "
                    + "student label for itself)")
        }
    }
}

extension RunConfiguration {
    /// What every method needs that uses target images.
    private func validateMethod() throws(ConfigurationError) {
        guard data.target != nil || !method.usesTarget else {
            throw .impossible(
                "data.target", "the method '\(method.kind)' needs unlabelled target images; give data.target.root")
        }
        guard model.textProjection == nil || method.method.comparesPixelsWithText else {
            throw .impossible(
                "model.textProjection",
                "the projection is trained by method.pixelText alone; give that section, or remove the key")
        }
        guard case .crop(let margins) = method.method.margins else { return }
        guard margins.top + margins.bottom < data.crop.height else {
            throw .impossible(
                "method.margins.bottom",
                "margins of \(margins.top) + \(margins.bottom) rows leave nothing of a crop of "
                    + "\(data.crop.height) rows; use smaller margins")
        }
    }

    private func validateDataset(
        _ dataset: DatasetConfiguration, _ keyPath: String, _ variable: (String) -> String?
    ) throws(ConfigurationError) {
        _ = try dataset.expandedRoot(keyPath: keyPath + ".root", variable: variable)
        if dataset.kind != .folder, let key = dataset.folderKey {
            throw .impossible(
                "\(keyPath).\(key)",
                "\(dataset.kind.rawValue) has a layout of its own; remove the key, or use kind: folder")
        }
        let isToytown = dataset.kind == .toytown
        guard isToytown == (dataset.domain != nil) else {
            let domains = ToytownDomain.names.joined(separator: ", ")
            throw .impossible(
                keyPath + ".domain",
                isToytown ? "Toytown has several domains; give one of \(domains)"
                    : "only Toytown has domains; remove the key or use kind: toytown")
        }
        guard dataset.beta == nil || dataset.kind == .foggyCityscapes else {
            throw .impossible(
                keyPath + ".beta", "only Foggy Cityscapes has fog to choose; remove the key or use kind: foggy-cityscapes")
        }
        try validateAugmentation(dataset, keyPath)
        guard dataset.heldOut == nil || dataset.kind.canHoldOut else {
            throw .impossible(
                keyPath + ".heldOut",
                "\(dataset.kind.rawValue) is not published as training images alone; remove the key, or name the images of a "
                    + "split in a list (kind: folder)")
        }
        if let wrong = dataset.conditions.first(where: { !dataset.kind.conditions.contains($0) }) {
            let known = dataset.kind.conditions.map(\.rawValue).joined(separator: ", ")
            throw .impossible(
                keyPath + ".conditions",
                known.isEmpty
                    ? "\(dataset.kind.rawValue) does not sort by conditions; remove the key"
                    : "\(dataset.kind.rawValue) has no condition \(wrong.rawValue); use some of \(known)")
        }
    }

    /// Images whose size changes have one size only once.
    private func validateAugmentation(
        _ dataset: DatasetConfiguration, _ keyPath: String
    ) throws(ConfigurationError) {
        guard let augmentation = dataset.augmentation, augmentation != SampleAugmentation() else { return }
        let path = keyPath + ".augmentation"
        guard !keyPath.hasPrefix("evaluation.") else {
            throw .impossible(path, "images are scored as they are; remove the key, and use resize to change their size")
        }
        guard augmentation.longestEdge == nil || augmentation.resizes else {
            throw .impossible(
                "\(path).longestEdge", "limits what shortestEdges does; give shortestEdges, or use resize")
        }
        guard dataset.resize == nil || !augmentation.resizes else {
            throw .impossible(
                "\(path).shortestEdges",
                "images get their size from resize already; remove one of the two (resize: null)")
        }
    }

    /// Data sets that make up a domain together.
    private func validateCompany(_ dataset: DatasetConfiguration, _ keyPath: String) throws(ConfigurationError) {
        if let index = dataset.also.firstIndex(where: { !$0.also.isEmpty }) {
            throw .impossible("\(keyPath).also[\(index)].also", "write all data sets of a domain into one list")
        }
        guard dataset.weight == nil || !dataset.also.isEmpty else {
            throw .impossible("\(keyPath).weight", "there is no other data set to weigh against; name some in also")
        }
        guard keyPath == "evaluation.dataset" else { return }
        if let index = dataset.also.firstIndex(where: { $0.resize != dataset.resize }) {
            throw .impossible(
                "\(keyPath).also[\(index)].resize",
                "all images that are scored pass through the network in one size; give "
                    + "the same resize to all data sets")
        }
        if dataset.shares != nil {
            throw .impossible("\(keyPath).weight", "every image counts the same in scores; remove the weights")
        }
    }

    /// A crop must fit into the box images are fitted into; sizes of files are only known when they are read.
    private func validateCrop() throws(ConfigurationError) {
        let parts = [("data.source", data.source), ("data.target", data.target)].flatMap { keyPath, dataset in
            dataset.map { Array(zip($0.partKeyPaths(keyPath), $0.parts)) } ?? []
        }
        for (keyPath, part) in parts {
            guard let resize = part.resize else { continue }
            guard data.crop.height <= resize.height && data.crop.width <= resize.width else {
                throw .impossible(
                    "data.crop",
                    "a crop of \(data.crop) is larger than the resized images, \(keyPath).resize \(resize); use a "
                        + "smaller crop or a larger size")
            }
        }
    }

    /// A name that stands twice would be found out at the first evaluation, which may be hours away.
    private func validateMeasures() throws(ConfigurationError) {
        if let needing = evaluation.measures.first(where: \.needsPredictedObjects), !findsObjects {
            throw .impossible(
                "evaluation.measures",
                "\(needing.rawValue) scores objects, and the network finds none; give model.objects, or leave it out")
        }
        if let needing = evaluation.measures.first(where: \.needsPredictedClasses), !labelsPixels {
            throw .impossible(
                "evaluation.measures",
                "\(needing.rawValue) scores the classes of pixels, and a network of objects alone says none; use "
                    + "evaluation.measures=[\(MeasureName.instance.rawValue)], or give model.decoder")
        }
        let subject = MeasureSubject(labelSpace: scoredLabelSpace)
        let measures = evaluation.measures.map { $0.make(subject) }
        guard let shared = SharedScoreName(among: measures) else { return }
        throw .impossible(
            "evaluation.measures",
            shared.measures.joined(separator: " and ") + " both call a score '\(shared.name)'; use one of them")
    }

    private func validateEvaluation() throws(ConfigurationError) {
        guard evaluation.targetStatisticsImages == 0 || data.target != nil else {
            throw .impossible(
                "evaluation.targetStatisticsImages",
                "statistics are re-estimated on target images; give data.target.root, or use 0")
        }
        guard case .sliding(let sliding) = evaluation.inference else { return }
        let (window, stride) = (sliding.window, sliding.stride)
        guard window.height % stride.height == 0 && window.width % stride.width == 0 else {
            throw .impossible(
                "evaluation.inference.window",
                "a window of \(window) is not a multiple of the stride \(stride); use for instance half the window")
        }
    }

    private func validateClasses() throws(ConfigurationError) {
        _ = try scoredTrainIDs()
        try validateLabelSpaces()
    }

    /// Predictions must be readable as the classes of the score.
    private func validateLabelSpaces() throws(ConfigurationError) {
        guard evaluation.labelSpace != nil else { return }
        do {
            _ = try LabelProjection(from: labelSpace.space, to: scoredLabelSpace)
        } catch {
            throw .impossible("evaluation.labelSpace", error.message)
        }
    }

    /// A network needs something to say, and what builds on class scores needs those.
    private func validateParts() throws(ConfigurationError) {
        guard model.decoder == nil else { return }
        guard let objects = model.objects else {
            throw .impossible(
                "model.decoder",
                "a network without a decoder of classes and without one of objects says nothing; give one of the two "
                    + "(model.decoder=daformer, model.objects=mask-rcnn)")
        }
        guard model.multiResolution == nil else {
            throw .impossible(
                "model.multiResolution",
                "two resolutions share a decoder of classes, and model.decoder is none; use model.multiResolution=null")
        }
        guard case .whole = evaluation.inference else {
            throw .impossible(
                "evaluation.inference",
                "windows are for class scores, and '\(objects.name)' without a decoder of classes finds objects in whole "
                    + "images; use evaluation.inference=whole")
        }
    }

    /// What finds objects needs classes that have some, and one resolution.
    private func validateObjects() throws(ConfigurationError) {
        guard let objects = model.objects else { return }
        guard !labelSpace.space.thingTrainIDs.isEmpty else {
            throw .impossible(
                "model.objects",
                "no class of the label space '\(labelSpace.space.name)' has objects that can be counted; say thing: true "
                    + "of those that have, or use model.objects=null")
        }
        guard model.multiResolution == nil else {
            throw .impossible(
                "model.multiResolution",
                "'\(objects.name)' finds objects at one resolution only; use model.multiResolution=null, or "
                    + "model.objects=null")
        }
    }

    private func validateSchedule() throws(ConfigurationError) {
        guard schedule.warmupSteps <= training.steps else {
            throw .impossible(
                "schedule.warmupSteps",
                "a warm-up of \(schedule.warmupSteps) steps is longer than the run of \(training.steps); shorten it")
        }
        let (keyPath, ends) = ("schedule.phaseEnds", schedule.phaseEnds)
        if let end = ends.first(where: { $0 < 1 || $0 >= training.steps }) {
            throw .impossible(
                keyPath,
                "a phase that ends at step \(end) leaves no two phases of a run of \(training.steps) steps; give steps from 1 "
                    + "to \(training.steps - 1), without the run's own end, or raise training.steps")
        }
        if let pair = zip(ends, ends.dropFirst()).first(where: { $0 >= $1 }) {
            throw .impossible(
                keyPath, "\(pair.1) comes after \(pair.0); give the ends of phases in ascending order, each once")
        }
    }
}

extension ConfigurationError {
    /// Keys that are right alone and cannot work together.
    static func impossible(_ keyPath: String, _ message: String) -> ConfigurationError {
        ConfigurationError(.impossibleCombination, keyPath: keyPath, message)
    }
}
