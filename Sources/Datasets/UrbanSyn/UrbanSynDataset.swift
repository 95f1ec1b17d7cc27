/// UrbanSyn (Gómez et al., 2023, arXiv:2312.12176): 7539 rendered street scenes with the train ids of Cityscapes.
///
///     rgb/rgb_NNNN.png
///     ss/ss_NNNN.png                       train ids
///     panoptic/panoptic_NNNN.png           a colour for each object, black elsewhere
///     bbox2d/bbox2d_NNNN.json              optional: classes of larger objects, by their colours
///
/// Files of one number belong together. Has one split, `train`, of which `heldOut` images can be kept for `val`.
public struct UrbanSynDataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "UrbanSyn", counts: [.init(.train, images: 7539)], height: 1024, width: 2048)

    private static let remedy =
        "unpack UrbanSyn into the root, which must hold rgb, and with labels ss and panoptic (bbox2d is optional)"

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles
    /// Files of boxes, where there are some.
    private let boxes: NumberedFiles?

    /// - Throws: see `NumberedTree`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "urbansyn/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "urbansyn", options, root: root)
        try Self.facts.requireShare(split, options, root: root)
        var findings = ListingFindings(options)
        let samples = try NumberedTree(
            images: "\(root)/rgb", labels: "\(root)/ss", objects: "\(root)/panoptic", remedy: Self.remedy
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        self.samples = try Self.facts.share(samples, of: split, options, root: root)
        boxes = options.readsLabels && FileListing.isFolder("\(root)/bbox2d")
            ? try NumberedFiles("\(root)/bbox2d", ending: "json", remedy: Self.remedy, findings: &findings) : nil
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }

    public func objectReader(of path: String) -> any ObjectReader {
        UrbanSynObjects(labelFiles, boxes: boxes)
    }
}
