public import Configuration
internal import DataLoading
public import DataParallel
internal import Datasets
internal import Evaluation
internal import NN
internal import SegmentationModels

extension RunConfiguration {
    /// Refuses combinations of keys that cannot work, all at once. Each key alone was checked when it was read.
    ///
    /// - Parameter variable: looks up the environment variables that data folders name.
    public func validate(
        variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) {
        let faults = ConfigurationFaults()
        validate(variable: variable, reporting: faults)
        try faults.throwIfAny()
    }

    /// As `validate`; what cannot work is added to `faults`.
    func validate(variable: (String) -> String?, reporting faults: ConfigurationFaults) {
        faults.collect(validateMethod)
        validateDatasets(variable: variable, reporting: faults)
        faults.collect(validateCrop)
        faults.collect { () throws(ConfigurationError) in try method.method.validate(in: self) }
        faults.collect(validateParts)
        faults.collect(validateMultiResolution)
        faults.collect(validateSides)
        faults.collect(validateBatch)
        faults.collect(validateObjects)
        faults.collect(validateGroup)
        faults.collect(validateEvaluation)
        faults.collect(validateClasses)
        faults.collect(validateMeasures)
        faults.collect(validateSchedule)
    }

    /// Refuses what cannot be trained on `worldSize` ranks.
    public func validate(worldSize: Int) throws(ConfigurationError) {
        try validateBest()
        let roles = try roles(worldSize: worldSize)
        let images = try training.batch.imagesPerStudent(students: roles.studentCount)
        try require(images: images, ofAtMost: Self.mostPixelsOfStudent, owner: "on each student")
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

    /// Pixels of a step's images, far beyond what is ever trained with: products of sizes stay within what is counted
    /// with, and what does not fit into memory is told by name.
    private static let (mostPixels, mostPixelsOfStudent) = (1 << 31, 1 << 28)

    private func validateBatch() throws(ConfigurationError) {
        switch training.batch {
        case .global(let images): try require(images: images, ofAtMost: Self.mostPixels, owner: "in a step")
        case .perStudent(let images):
            try require(images: images, ofAtMost: Self.mostPixelsOfStudent, owner: "on each student")
        }
    }

    private func require(images: Int, ofAtMost pixels: Int, owner: String) throws(ConfigurationError) {
        let (area, isTooLarge) = data.crop.height.multipliedReportingOverflow(by: data.crop.width)
        let (sum, overflows) = area.multipliedReportingOverflow(by: images)
        guard isTooLarge || overflows || sum > pixels else { return }
        throw .impossible(
            "training.batch.images",
            "\(images) crops of \(data.crop) \(owner) are more than \(pixels) pixels, which no machine trains with; use fewer "
                + "images or a smaller data.crop")
    }

    /// No image may be smaller than the encoder can look at.
    private func validateSides() throws(ConfigurationError) {
        let encoder = (name: model.encoder.name, side: model.encoder.config.smallestSide)
        func require(_ key: String, _ what: String, _ height: Int, _ width: Int, side: Int) throws(ConfigurationError) {
            guard min(height, width) < side else { return }
            throw .impossible(
                key,
                "\(what) of \(ImageSizeConfiguration(height: height, width: width)) is smaller than the \(side) pixels a side "
                    + "that the network needs with the encoder '\(encoder.name)'; use a larger one")
        }
        let side = encoder.side * (model.multiResolution?.contextReduction ?? 1)
        // At two resolutions the context of the crop is checked with them.
        if model.multiResolution == nil {
            try require("data.crop", "a crop", data.crop.height, data.crop.width, side: side)
        }
        if case .sliding(let sliding) = evaluation.inference {
            try require(
                "evaluation.inference.window", "a window", sliding.window.height, sliding.window.width, side: side)
        } else if let resize = evaluation.dataset?.resize {
            try require("evaluation.dataset.resize", "an image", resize.height, resize.width, side: side)
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
