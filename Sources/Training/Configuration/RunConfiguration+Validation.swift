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
        for case (let keyPath, let dataset?) in datasets { try validateDataset(dataset, keyPath, variable) }
        try validateCrop()
        try method.method.validate(in: self)
        try validateMultiResolution()
        try validateEvaluation()
        try validateClasses()
        try validateSchedule()
    }

    /// Refuses what cannot work on `worldSize` ranks.
    public func validate(worldSize: Int) throws(ConfigurationError) {
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
                "\(error.teacherCount) teachers do not fit \(worldSize) ranks, as each needs at least one student; start "
                    + "at least \(2 * error.teacherCount) ranks with mpirun, or use fewer teachers (0 lets each student "
                    + "label for itself)")
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
        let isToytown = dataset.kind == .toytown
        guard isToytown == (dataset.domain != nil) else {
            let domains = ToytownDomain.names.joined(separator: ", ")
            throw .impossible(
                keyPath + ".domain",
                isToytown ? "Toytown has several domains; give one of \(domains)"
                    : "only Toytown has domains; remove the key or use kind: toytown")
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

    /// A crop must fit into the box images are fitted into; sizes of files are only known when they are read.
    private func validateCrop() throws(ConfigurationError) {
        for (name, dataset) in [("source", data.source), ("target", data.target)] {
            guard let resize = dataset?.resize else { continue }
            guard data.crop.height <= resize.height && data.crop.width <= resize.width else {
                throw .impossible(
                    "data.crop",
                    "a crop of \(data.crop) is larger than the resized images, data.\(name).resize \(resize); use a "
                        + "smaller crop or a larger size")
            }
        }
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
        let scored = evaluation.labelSpace.space.classCount
        try ConfigurationError.requireTrainIDs(evaluation.classes, below: scored, "evaluation.classes")
    }

    private func validateSchedule() throws(ConfigurationError) {
        guard schedule.warmupSteps <= training.steps else {
            throw .impossible(
                "schedule.warmupSteps",
                "a warm-up of \(schedule.warmupSteps) steps is longer than the run of \(training.steps); shorten it")
        }
    }
}

extension ConfigurationError {
    /// Keys that are right alone and cannot work together.
    static func impossible(_ keyPath: String, _ message: String) -> ConfigurationError {
        ConfigurationError(.impossibleCombination, keyPath: keyPath, message)
    }

    /// Refuses train ids that there are not.
    static func requireTrainIDs(
        _ ids: [Int], below count: Int, _ keyPath: String
    ) throws(ConfigurationError) {
        guard let wrong = ids.first(where: { !(0..<count).contains($0) }) else { return }
        throw .impossible(keyPath, "there is no train id \(wrong); train ids go from 0 to \(count - 1)")
    }
}
