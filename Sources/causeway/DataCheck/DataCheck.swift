internal import Annotations
internal import Basics
internal import Configuration
internal import DataLoading
internal import Datasets
internal import ImageIO
internal import Training

/// The check of one data set that a setting names.
struct DataCheck {
    /// A data set's place in the setting, and what it is read for.
    struct Section {
        /// Key path, such as `data.source`; of a pipeline after its stage's name and a dot.
        let keyPath: String
        let dataset: DatasetConfiguration
        let readsLabels: Bool
        let labelSpace: LabelSpace
        /// Crops that training cuts; nil where images are used whole.
        let crop: ImageSizeConfiguration?
        /// Whether the method, or a measure, cannot do without objects.
        let needsObjects: Bool
        /// Which objects something is learnt from, or are scored.
        let uses: @Sendable (AnnotatedObject) -> Bool
    }

    let section: Section
    /// The data set's name and split, or its kind where it cannot be opened.
    let name: String
    let inspection: DatasetInspection
    /// nil where it cannot be opened.
    let dataset: (any SegmentationDataset)?

    /// The data sets of a pipeline's trainings, each once: under the first training that reads it so, and but for those
    /// that stages make.
    static func sections(of trainings: PipelineTrainings) -> [Section] {
        var all: [Section] = []
        for training in trainings.all {
            let sections = sections(of: training.setting, prefix: "\(training.name).")
            for section in sections
            where !training.madeKeys.contains(String(section.keyPath.dropFirst(training.name.count + 1))) {
                if !all.contains(where: { $0.isReadAs(section) }) { all.append(section) }
            }
        }
        return all
    }

    /// The data sets of a setting; those of the target are read without labels, as in training.
    ///
    /// - Parameter prefix: before their keys.
    static func sections(of configuration: RunConfiguration, prefix: String = "") -> [Section] {
        let (evaluation, space) = (configuration.evaluation, configuration.labelSpace.space)
        let (learns, scores) = (configuration.learnsObjects, configuration.scoresObjects)
        typealias Row = (
            String, DatasetConfiguration?, Bool, LabelSpace, ImageSizeConfiguration?, Bool,
            @Sendable (AnnotatedObject) -> Bool
        )
        let (learned, scored) = (configuration.learnedObjects, configuration.scoredObjects)
        let sections: [Row] = [
            ("data.source", configuration.data.source, true, space, configuration.data.crop, learns, learned),
            ("data.target", configuration.data.target, false, space, configuration.data.crop, false, { _ in true }),
            ("evaluation.dataset", evaluation.dataset, true, configuration.scoredLabelSpace, nil, scores, scored),
        ]
        return sections.compactMap { keyPath, dataset, readsLabels, labelSpace, crop, needsObjects, uses in
            dataset.map {
                Section(
                    keyPath: prefix + keyPath, dataset: $0, readsLabels: readsLabels, labelSpace: labelSpace,
                    crop: crop,
                    needsObjects: needsObjects, uses: uses)
            }
        }
    }

    /// Looks at all files; a data set that cannot be opened is a finding too.
    ///
    /// - Parameter pictureFolder: where pictures of samples go; nil for none.
    init(_ section: Section, _ depth: DatasetInspector.Depth, pictureFolder: String?, pictureCount: Int) {
        self.section = section
        do {
            let dataset = try section.dataset.open(
                keyPath: section.keyPath, readsLabels: section.readsLabels, labelSpace: section.labelSpace,
                leavesOutIncompletePairs: true)
            name = dataset.name
            self.dataset = dataset
            let progress = CountProgress("\(section.keyPath) \(dataset.name)", total: dataset.count)
            let found = DatasetInspector(
                dataset, split: section.dataset.split,
                facts: section.dataset.kind.facts?.holdingOut(section.dataset.heldOut),
                conditions: section.dataset.conditions, needsObjects: section.needsObjects, uses: section.uses
            ).inspect(depth, progress: progress.show)
            let failures = pictureFolder.map {
                SamplePictures(dataset, title: section.keyPath, count: pictureCount).write(to: $0)
            }
            inspection = found.adding(damage: failures ?? []).adding(section.cropFindings(found.sizes))
        } catch {
            name = section.dataset.kind.rawValue
            dataset = nil
            inspection = DatasetInspection(damage: "\(error)")
        }
    }
}

extension DataCheck.Section {
    /// Whether another is the same data set, and would find the same.
    fileprivate func isReadAs(_ other: Self) -> Bool {
        dataset == other.dataset && readsLabels == other.readsLabels && labelSpace == other.labelSpace
            && crop == other.crop && needsObjects == other.needsObjects
    }

    /// Images that are smaller than a crop: all are refused by training, some are padded.
    fileprivate func cropFindings(_ sizes: [DatasetInspection.Size]) -> [DatasetInspection.Finding] {
        guard let crop else { return [] }
        let rule = dataset.resizeRule
        let augmentation = dataset.augmentation ?? SampleAugmentation()
        let small = sizes.filter { size in
            let resized = rule.size(height: size.height, width: size.width)
            let shown =
                augmentation.resizes
                ? augmentation.shortestEdges.map {
                    augmentation.size(height: resized.height, width: resized.width, shortestEdge: $0)
                } : [resized]
            return shown.contains { $0.height < crop.height || $0.width < crop.width }
        }
        guard let first = small.first else { return [] }
        let (count, all) = (small.reduce(0) { $0 + $1.images }, sizes.reduce(0) { $0 + $1.images })
        let text =
            "\(keyPath): \(count == all ? "all \(all)" : "\(count) of \(all)") images, such as those of "
            + "\(first.width)x\(first.height), are smaller after resizing than a crop of \(crop.width)x\(crop.height)"
        let what =
            count == all
            ? "; training refuses that: use a smaller data.crop, or a larger \(keyPath).resize or augmentation.shortestEdges"
            : ", and are padded"
        return [.init(.note, text + what)]
    }
}
