internal import Datasets
internal import Training

/// The check of one data set that a setting names.
struct DataCheck {
    /// A data set's place in the setting, and what it is read for.
    struct Section {
        /// Key path, such as `data.source`.
        let keyPath: String
        let dataset: DatasetConfiguration
        let readsLabels: Bool
        let labelSpace: LabelSpaceKind
    }

    let section: Section
    /// The data set's name and split, or its kind where it cannot be opened.
    let name: String
    let inspection: DatasetInspection

    /// The data sets of a setting; those of the target are read without labels, as in training.
    static func sections(of configuration: RunConfiguration) -> [Section] {
        let evaluation = configuration.evaluation
        let sections = [
            ("data.source", configuration.data.source, true, LabelSpaceKind.cityscapes19),
            ("data.target", configuration.data.target, false, .cityscapes19),
            ("evaluation.dataset", evaluation.dataset, true, evaluation.labelSpace),
        ]
        return sections.compactMap { keyPath, dataset, readsLabels, labelSpace in
            dataset.map {
                Section(keyPath: keyPath, dataset: $0, readsLabels: readsLabels, labelSpace: labelSpace)
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
            let progress = CountProgress("\(section.keyPath) \(dataset.name)", total: dataset.count)
            let found = DatasetInspector(
                dataset, split: section.dataset.split, facts: section.dataset.kind.facts,
                conditions: section.dataset.conditions
            ).inspect(depth, progress: progress.show)
            let failures = pictureFolder.map {
                SamplePictures(dataset, title: section.keyPath, count: pictureCount).write(to: $0)
            }
            inspection = found.adding(damage: failures ?? [])
        } catch {
            name = section.dataset.kind.rawValue
            inspection = DatasetInspection(damage: "\(error)")
        }
    }
}
