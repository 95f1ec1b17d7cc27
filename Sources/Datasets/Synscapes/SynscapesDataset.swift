/// Synscapes (Wrenninge and Unger, 2018, arXiv:1810.08705): 25,000 rendered street scenes with Cityscapes label ids.
///
///     img/rgb/N.png
///     img/class/N.png                      label ids
///     img/instance/N.png                   R + 256 G + 65536 B is the number of an object
///     meta/N.json                          the class of each object
///
/// Has one split, `train`, of which `heldOut` images can be kept for `val`; they are in the order of their numbers. The
/// larger copies in img/rgb-2k, which labels do not fit, are not read.
public struct SynscapesDataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "Synscapes", counts: [.init(.train, images: 25_000)], height: 720, width: 1440)

    private static let remedy =
        "unpack Synscapes into the root, which must hold img/rgb, and with labels img/class, img/instance and meta"

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles
    private let root: String

    /// - Throws: see `NumberedTree`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "synscapes/\(split.rawValue)"
        self.root = root
        labelFiles = try LabelFiles(native: "cityscapes19", options, root: root)
        try Self.facts.requireShare(split, options, root: root)
        var findings = ListingFindings(options)
        let files = NumberedTree(
            images: "\(root)/img/rgb", labels: "\(root)/img/class", objects: "\(root)/img/instance", remedy: Self.remedy
        )
        let samples = try files.samples(readsLabels: options.readsLabels, findings: &findings)
        self.samples = try Self.facts.share(samples, of: split, options, root: root)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }

    public func objectReader(of path: String) -> any ObjectReader { SynscapesObjects(labelFiles, root: root) }
}
