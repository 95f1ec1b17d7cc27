internal import Basics
public import Configuration
public import DataLoading
public import Datasets
package import ImageIO

/// One split of one data set on disk.
public struct DatasetConfiguration: Sendable, Equatable {
    /// Which layout the folder has.
    public var kind = DatasetKind.cityscapes
    /// Folder of the data set: absolute, or relative to where the program runs. `${NAME}` is replaced by the
    /// environment variable NAME.
    public var root = ""
    public var split = DatasetSplit.train
    /// Data sets that are published as training images alone: how many of them, those that are sorted last, are `val`.
    public var heldOut: Int?
    /// Toytown only: whose folder to read.
    public var domain: ToytownDomain?
    /// ACDC and Dark Zurich only: which images to read; empty for all of ACDC, and for night of Dark Zurich.
    public var conditions: [CaptureCondition] = []
    /// Foggy Cityscapes only: how thick the fog is; nil for the densest, 0.02.
    public var beta: FogDensity?
    /// Folders only: the folders of images, labels and instance maps below the root, what their names have after the
    /// shared part, and the file that lists a split; see `FolderLayout`.
    public var images: String?
    public var labels: String?
    public var instances: String?
    /// Folders only: the JSON of panoptic labels in COCO's form; `labels` are its PNG files then, unless given those of
    /// the folder that it is named after.
    public var panoptic: String?
    public var suffix = SuffixConfiguration()
    public var list: String?
    /// The classes and numbers of its label files, where they are not those that the data set is published with.
    public var labelSpace: LabelSpaceConfiguration?
    /// Images are shrunk or enlarged to fit into this, keeping their shape; nil keeps the size of the files.
    public var resize: ResizeConfiguration?
    /// What changes in an image from one showing to the next, as detectors are trained; nil for crop and flip alone.
    public var augmentation: SampleAugmentation?
    /// For training, a JPEG that is resized to a half or less is decoded at a fraction of its size, which is faster and
    /// changes pixels by a level or two.
    public var jpegReduction = true
    /// Share of this data set's images among those of `also`, in any unit; nil for as many as it has.
    public var weight: Double?
    /// Data sets that make up the domain together with this one.
    public var also: [DatasetConfiguration] = []

    public init() {}
}

extension DatasetConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("kind", &kind)
        try fields.required("root", &root)
        try fields.field("split", &split)
        try fields.optional("heldOut", &heldOut, .closed(1...1_000_000))
        try fields.optional("domain", &domain)
        try fields.list("conditions", &conditions)
        try fields.optional("beta", &beta)
        try fields.optional("images", &images)
        try fields.optional("labels", &labels)
        try fields.optional("instances", &instances)
        try fields.optional("panoptic", &panoptic)
        try fields.section("suffix", &suffix)
        try fields.optionalFile("list", &list)
        try fields.optionalLabelSpace("labelSpace", &labelSpace)
        try fields.optionalSection("resize", &resize)
        try fields.optionalSection("augmentation", &augmentation)
        try fields.field("jpegReduction", &jpegReduction)
        try fields.optional("weight", &weight, .closed(1e-6...1e6))
        try fields.sections("also", &also)
    }
}

extension DatasetKind: ConfigurationChoice {}
extension DatasetSplit: ConfigurationChoice {}
extension ToytownDomain: ConfigurationChoice {}
extension FogDensity: ConfigurationChoice {}
extension CaptureCondition: ConfigurationChoice {}

extension DatasetConfiguration {
    /// `root` with every `${NAME}` replaced by that environment variable.
    ///
    /// - Throws: `unsetVariable` when a variable is unset or empty, or a brace is not closed.
    public func expandedRoot(
        keyPath: String, variable: (String) -> String? = Environment.variable
    ) throws(ConfigurationError) -> String {
        try Environment.expanded(root, keyPath: keyPath, variable: variable)
    }

    /// How its images are brought to their size.
    package var resizeRule: ResizeRule { resize?.rule ?? .none }

    /// The same of all parts.
    func expandedRoots(keyPath: String) throws(ConfigurationError) -> [String] {
        var roots: [String] = []
        for (part, keyPath) in zip(parts, partKeyPaths(keyPath)) {
            roots.append(try part.expandedRoot(keyPath: keyPath + ".root"))
        }
        return roots
    }

    /// Opens the split; reads names only, no pixels.
    ///
    /// - Parameters:
    ///   - keyPath: where this section stands, for errors about its folder.
    ///   - readsLabels: false for target images, whose labels need not exist.
    ///   - labelSpace: the classes that labels are delivered in.
    ///   - leavesOutIncompletePairs: see `DatasetOptions`.
    public func open(
        keyPath: String, readsLabels: Bool, labelSpace: LabelSpace, leavesOutIncompletePairs: Bool = false
    ) throws -> any SegmentationDataset {
        guard also.isEmpty else {
            var opened: [any SegmentationDataset] = []
            for (part, keyPath) in zip(parts, partKeyPaths(keyPath)) {
                opened.append(
                    try part.open(
                        keyPath: keyPath, readsLabels: readsLabels, labelSpace: labelSpace,
                        leavesOutIncompletePairs: leavesOutIncompletePairs))
            }
            return CombinedDataset(opened)
        }
        let options = DatasetOptions(
            readsLabels: readsLabels, labelSpace: labelSpace, fileLabelSpace: self.labelSpace?.space, domain: domain,
            conditions: conditions, fogDensity: beta, layout: layout, heldOut: heldOut,
            leavesOutIncompletePairs: leavesOutIncompletePairs)
        let root = try expandedRoot(keyPath: keyPath + ".root")
        return try DatasetRegistry.open(kind, root: root, split: split, options: options)
    }

    /// Opens labelled images as they are scored: at the size of their files, or of the box that `resize` pads them to.
    public func openScored(keyPath: String, labelSpace: LabelSpace) throws -> any SegmentationDataset {
        let dataset = try open(keyPath: keyPath, readsLabels: true, labelSpace: labelSpace)
        return resizeRule.paddedSize == nil ? dataset : PaddedDataset(dataset, by: resizeRule)
    }

    /// How often the parts of the opened data set are drawn; nil where every image counts the same.
    public func domainShares(of dataset: any SegmentationDataset) -> DomainShares? {
        guard let shares, let parts = (dataset as? CombinedDataset)?.parts else { return nil }
        return DomainShares(counts: parts.map(\.count), shares: shares)
    }

    /// Counts the classes of the opened data set, or finds them counted: each part in its own folder.
    ///
    /// - Parameter subject: pixels, or objects: the counts of images are then numbers of objects.
    public func statistics(
        of dataset: any SegmentationDataset, counting subject: CountedSubject = .pixels, keyPath: String,
        skipsUnreadable: Bool = false
    ) throws -> (statistics: ClassStatistics, paths: [String?], notices: [String]) {
        var answers: [ClassStatisticsStore.Answer] = []
        for (part, store) in try stores(of: dataset, counting: subject, keyPath: keyPath) {
            answers.append(
                try store.statistics(of: part, skipsUnreadable: skipsUnreadable) { total in
                    CountProgress("counting \(subject.name) of \(part.name)", total: total, of: "labels").show
                })
        }
        return (
            ClassStatistics(joining: answers.map(\.statistics)), answers.map(\.path), answers.flatMap(\.notices)
        )
    }

    /// The counts where all are kept and fit; nil where some would have to be counted.
    func keptStatistics(
        of dataset: any SegmentationDataset, keyPath: String
    ) throws(ConfigurationError) -> ClassStatistics? {
        var kept: [ClassStatistics] = []
        for (part, store) in try stores(of: dataset, counting: .pixels, keyPath: keyPath) {
            guard let statistics = store.keptStatistics(of: part) else { return nil }
            kept.append(statistics)
        }
        return ClassStatistics(joining: kept)
    }

    /// The opened parts, and where their class statistics are kept: each domain of Toytown has its own.
    private func stores(
        of dataset: any SegmentationDataset, counting subject: CountedSubject, keyPath: String
    ) throws(ConfigurationError) -> [(any SegmentationDataset, ClassStatisticsStore)] {
        let opened = (dataset as? CombinedDataset)?.parts ?? [dataset]
        var stores: [(any SegmentationDataset, ClassStatisticsStore)] = []
        for ((part, keyPath), dataset) in zip(zip(parts, partKeyPaths(keyPath)), opened) {
            let root = try part.expandedRoot(keyPath: keyPath + ".root")
            let folder = part.domain.map { "\(root)/\($0.rawValue)" } ?? root
            let store = ClassStatisticsStore(root: folder, labelSpace: dataset.labelSpace, counting: subject)
            stores.append((dataset, store))
        }
        return stores
    }
}
