/// GTA5 (Richter et al., ECCV 2016): 24966 rendered images with Cityscapes label ids.
///
///     images/NNNNN.png
///     labels/NNNNN.png (palette index = label id), or labels/NNNNN_labelTrainIds.png
///
/// Has one split, `train`, of which `heldOut` images can be kept for `val`.
public struct GTADataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "GTA", counts: [.init(.train, images: 24966)], height: 1052, width: 1914, isOneSize: false)

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`; `unsupportedOption` for another split than `train`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "gta/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "cityscapes19", options, root: root)
        try Self.facts.requireShare(split, options, root: root)
        var findings = ListingFindings(options)
        let all = try PairedFolders(
            images: "\(root)/images", labels: "\(root)/labels",
            labelMarkers: [CityscapesLabelFile.trainIDs, ""],
            remedy: "unpack GTA into the root, which must hold images and labels"
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        samples = try Self.facts.share(all, of: split, options, root: root)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
