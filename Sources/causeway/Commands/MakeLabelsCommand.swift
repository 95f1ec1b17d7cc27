internal import Annotations
internal import ArgumentParser
internal import Collectives
internal import Datasets
internal import Evaluation
internal import Machine
internal import Training

/// `causeway make-labels`: labels of a data set in COCO's forms.
struct MakeLabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-labels",
        abstract:
            "Writes the labels of a data set in COCO's forms, for `score panoptic`, `score instance` and other programs.",
        discussion: """
            Writes panoptic.json and panoptic/ (segments: single objects, groups that nobody told apart, and all pixels of \
            each class that is not countable), and instances.json (single objects and groups as run lengths), of every \
            image of a data set that a setting names, in the classes of its label space under the ids of its label files. \
            predict calls images and classes in the same way.

              causeway make-labels --config configs/toytown/panoptic-edaps.yaml --out labels
              causeway score panoptic --labels labels/panoptic.json --predictions out/panoptic.json
              causeway score instance --protocol coco --labels labels/instances.json --predictions out/instances.json
            """)

    /// A data set of a setting.
    enum Domain: String, ExpressibleByArgument, CaseIterable {
        case source = "data.source"
        case target = "data.target"
        case evaluation = "evaluation.dataset"
    }

    @OptionGroup var setting: ConfigurationOptions

    @Option(name: .customLong("of"), help: "Which data set of the setting.")
    var domain = Domain.evaluation

    @Option(help: "Folder to write.")
    var out: String

    func run() throws {
        CommandJob.run { world in
            let configuration = try setting.load()
            let (dataset, space) = try labelled(configuration)
            if let error = dataset.lacksObjects { throw error }
            var facts = RankFacts()
            for (index, sample) in dataset.samples.enumerated() {
                facts.append("image \(index + 1) of \(domain.rawValue)", sample.name, remark: "of \(dataset.count)")
            }
            try world.requireSame(facts)
            try ObjectFileName.requireUnique(dataset.samples.map(\.imagePath))
            let lock = try FolderLock(out, world: world)
            defer { lock.release() }
            let writer = ObjectLabelWriter(folder: out, labelSpace: space)
            var entries = ImageList<ObjectLabelWriter.Entry>()
            try ImageWork(title: dataset.name, count: dataset.count, world: world).run(
                on: try CoreShare(of: world), configuration.engine
            ) { index in
                let truth = try dataset.loadAnnotation(index)
                entries.append(try writer.write(truth, ofImage: dataset.samples[index].imagePath), image: index)
            }
            let all = try world.merged(entries, "the files of all images")
            guard world.rank == 0 else { return }
            try writer.finish(all)
            print("\(out): labels of \(dataset.count) images")
        }
    }

    /// - Throws: where the setting has no such data set, or it has no labels.
    private func labelled(
        _ configuration: RunConfiguration
    ) throws -> (dataset: any SegmentationDataset, space: LabelSpace) {
        let section: DatasetConfiguration? =
            switch domain {
            case .source: configuration.data.source
            case .target: configuration.data.target
            case .evaluation: configuration.evaluation.dataset
            }
        guard let section else { throw CommandError("--of \(domain.rawValue): the setting has no such data set") }
        let space = domain == .evaluation ? configuration.scoredLabelSpace : configuration.labelSpace.space
        return (try section.open(keyPath: domain.rawValue, readsLabels: true, labelSpace: space), space)
    }
}
