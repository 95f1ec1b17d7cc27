/// ACDC (Sakaridis et al., ICCV 2021): 4006 images in fog, at night, in rain and in snow, with Cityscapes labels.
///
///     rgb_anon/<condition>/<split>/<sequence>/<stem>_rgb_anon.png
///     gt/<condition>/<split>/<sequence>/<stem>_gt_labelTrainIds.png, else ..._gt_labelIds.png
///
/// The folders `<split>_ref` show the same places in clear weather and are not read.
public struct ACDCDataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "ACDC",
        counts: perCondition(.train, 400) + perCondition(.val, 100, night: 106) + perCondition(.test, 500),
        height: 1080, width: 1920, withheldLabels: [.test], defaultConditions: [.fog, .night, .rain, .snow])

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    private static func perCondition(
        _ split: DatasetSplit, _ images: Int, night: Int? = nil
    ) -> [PublishedFacts.Count] {
        [
            .init(split, .fog, images: images), .init(split, .night, images: night ?? images),
            .init(split, .rain, images: images), .init(split, .snow, images: images),
        ]
    }

    /// - Throws: see `PairedFolders`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "acdc/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "cityscapes19", options, root: root)
        var findings = ListingFindings(options)
        var samples: [SegmentationSample] = []
        for condition in options.conditions(of: Self.facts) {
            samples += try PairedFolders(
                images: "\(root)/rgb_anon/\(condition.rawValue)/\(split.rawValue)",
                labels: "\(root)/gt/\(condition.rawValue)/\(split.rawValue)", imageMarker: "_rgb_anon",
                labelMarkers: CityscapesLabelFile.markers(prefix: "_gt"), condition: condition,
                remedy: "unpack ACDC's rgb_anon and gt archives into the root, or name the conditions you have"
            ).samples(readsLabels: options.readsLabels, findings: &findings)
        }
        self.samples = samples
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
