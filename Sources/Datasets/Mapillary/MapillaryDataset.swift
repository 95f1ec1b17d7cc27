/// Mapillary Vistas v1.2 (Neuhold et al., ICCV 2017): 25,000 street scenes of all continents, with panoptic labels.
///
///     training/images/<name>.jpg
///     training/panoptic/<name>.png and panoptic_2018.json, or both in training/v1.2/panoptic
///     validation/… of the same shape; testing/images
///
/// Labels of the test images are not public. Images are of many sizes.
public struct MapillaryDataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "Mapillary Vistas",
        counts: [.init(.train, images: 18_000), .init(.val, images: 2_000), .init(.test, images: 5_000)],
        height: 2448, width: 3264, isOneSize: false, withheldLabels: [.test])

    private static let remedy =
        "unpack Mapillary Vistas v1.2 into the root, which must hold training, validation and testing, with images and "
        + "panoptic (or v1.2/panoptic) in each"
    private static let table = "panoptic_2018.json"

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    public let panoptic: PanopticLabels?
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`, `PanopticFile` and `PanopticLabels`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "mapillary/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "mapillary", options, root: root)
        let place = "\(root)/\(Self.folder(split))"
        let labels = Self.panopticFolder(place)
        var findings = ListingFindings(options)
        let found = try PairedFolders(
            images: "\(place)/images", labels: labels, labelMarkers: [""], instanceMarker: "", remedy: Self.remedy
        ).samples(readsLabels: options.readsLabels, findings: &findings)
        panoptic = options.readsLabels
            ? try PanopticLabels(try PanopticFile("\(labels)/\(Self.table)"), .numbers, labelFiles) : nil
        samples = try panoptic?.listed(found, findings: &findings) ?? found
        self.findings = findings
    }

    private static func folder(_ split: DatasetSplit) -> String {
        switch split {
        case .train: "training"
        case .val: "validation"
        case .test: "testing"
        }
    }

    /// Later archives have the labels of both versions.
    private static func panopticFolder(_ place: String) -> String {
        let versioned = "\(place)/v1.2/panoptic"
        return FileListing.isFolder(versioned) ? versioned : "\(place)/panoptic"
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
