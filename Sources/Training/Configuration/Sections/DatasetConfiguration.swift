public import Configuration
public import Datasets

/// One split of one data set on disk.
public struct DatasetConfiguration: Sendable, Equatable {
    /// Which layout the folder has.
    public var kind = DatasetKind.cityscapes
    /// Folder of the data set: absolute, or relative to where the program runs. `${NAME}` is replaced by the
    /// environment variable NAME.
    public var root = ""
    public var split = DatasetSplit.train
    /// Toytown only: whose folder to read.
    public var domain: ToytownDomain?
    /// ACDC and Dark Zurich only: which images to read; empty for all of ACDC, and for night of Dark Zurich.
    public var conditions: [CaptureCondition] = []
    /// The classes and numbers of its label files, where they are not those that the data set is published with.
    public var labelSpace: LabelSpaceConfiguration?
    /// Images are shrunk or enlarged to fit into this, keeping their shape; nil keeps the size of the files.
    public var resize: ImageSizeConfiguration?
    /// For training, a JPEG that is resized to a half or less is decoded at a fraction of its size, which is faster and
    /// changes pixels by a level or two.
    public var jpegReduction = true

    public init() {}
}

extension DatasetConfiguration: ConfigurationSection {
    package mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
        try fields.field("kind", &kind)
        try fields.required("root", &root)
        try fields.field("split", &split)
        try fields.optional("domain", &domain)
        try fields.list("conditions", &conditions)
        try fields.optionalLabelSpace("labelSpace", &labelSpace)
        try fields.optionalSection("resize", &resize)
        try fields.field("jpegReduction", &jpegReduction)
    }
}

extension DatasetKind: ConfigurationChoice {}
extension DatasetSplit: ConfigurationChoice {}
extension ToytownDomain: ConfigurationChoice {}
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
        let options = DatasetOptions(
            readsLabels: readsLabels, labelSpace: labelSpace, fileLabelSpace: self.labelSpace?.space, domain: domain,
            conditions: conditions, leavesOutIncompletePairs: leavesOutIncompletePairs)
        let root = try expandedRoot(keyPath: keyPath + ".root")
        return try DatasetRegistry.open(kind, root: root, split: split, options: options)
    }

    /// Where the class statistics of the data set are kept: each domain of Toytown has its own.
    public func statisticsStore(
        keyPath: String, labelSpace: LabelSpace
    ) throws(ConfigurationError) -> ClassStatisticsStore {
        let root = try expandedRoot(keyPath: keyPath + ".root")
        return ClassStatisticsStore(root: domain.map { "\(root)/\($0.rawValue)" } ?? root, labelSpace: labelSpace)
    }
}
