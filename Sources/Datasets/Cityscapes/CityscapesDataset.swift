/// Cityscapes (Cordts et al., CVPR 2016) and everything written in its layout:
///
///     leftImg8bit/<split>/<city>/<stem>_leftImg8bit.png (or .jpg)
///     gtFine/<split>/<city>/<stem>_gtFine_labelTrainIds.png, else ..._labelIds.png, and ..._instanceIds.png
public struct CityscapesDataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "Cityscapes",
        counts: [.init(.train, images: 2975), .init(.val, images: 500), .init(.test, images: 1525)],
        height: 1024, width: 2048)

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`.
    public init(
        root: String, split: DatasetSplit, options: DatasetOptions = .init(), name: String = "cityscapes"
    ) throws(DatasetError) {
        self.name = "\(name)/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "cityscapes19", options, root: root)
        var findings = ListingFindings(options)
        samples = try PairedFolders(
            images: "\(root)/leftImg8bit/\(split.rawValue)", labels: "\(root)/gtFine/\(split.rawValue)",
            imageMarker: "_leftImg8bit",
            labelMarkers: CityscapesLabelFile.markers(prefix: "_gtFine"), instanceMarker: "_gtFine_instanceIds",
            remedy: "the data set's root must hold leftImg8bit and gtFine with a folder for each split"
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
