/// Dark Zurich (Sakaridis et al., ICCV 2019): street scenes by day, twilight and night. Only night is read unless other
/// conditions are named; validation and test are at night.
///
///     rgb_anon/train/<condition>/<sequence>/<stem>_rgb_anon.png
///     rgb_anon/<val or test>/night/<sequence>/<stem>_rgb_anon.png, with or without the folder night
///     gt/val/… of the same shape, <stem>_gt_labelTrainIds.png, else ..._gt_labelIds.png
///
/// Training images have no labels. Folders `*_ref` show the same places by day and are not read.
public struct DarkZurichDataset: FileDataset {
    public static let facts = PublishedFacts(
        title: "Dark Zurich",
        counts: [
            .init(.train, .day, images: 3041), .init(.train, .twilight, images: 2920),
            .init(.train, .night, images: 2416), .init(.val, .night, images: 50), .init(.test, .night, images: 151),
        ],
        height: 1080, width: 1920, withheldLabels: [.train, .test], defaultConditions: [.night])

    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`; `unsupportedOption` for a condition that the split does not have.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "dark-zurich/\(split.rawValue)"
        labelFiles = try LabelFiles(native: "cityscapes19", options, root: root)
        var findings = ListingFindings(options)
        var samples: [SegmentationSample] = []
        for condition in options.conditions(of: Self.facts) {
            guard split == .train || condition == .night else {
                throw DatasetError(
                    .unsupportedOption,
                    "\(root): the split \(split.rawValue) of Dark Zurich is at night, not by \(condition.rawValue); "
                        + "use the condition night")
            }
            samples += try Self.folders(root: root, split: split, condition)
                .samples(readsLabels: options.readsLabels, findings: &findings)
        }
        self.samples = samples
        self.findings = findings
    }

    private static func folders(root: String, split: DatasetSplit, _ condition: CaptureCondition) -> PairedFolders {
        var place = "\(split.rawValue)/\(condition.rawValue)"
        var foldersPassedOver = ["_ref"]
        if split != .train && !FileListing.isFolder("\(root)/rgb_anon/\(place)") {
            place = split.rawValue
            foldersPassedOver += [CaptureCondition.day.rawValue, CaptureCondition.twilight.rawValue]
        }
        return PairedFolders(
            images: "\(root)/rgb_anon/\(place)", labels: "\(root)/gt/\(place)", imageMarker: "_rgb_anon",
            labelMarkers: CityscapesLabelFile.markers(prefix: "_gt"), condition: condition,
            foldersPassedOver: foldersPassedOver,
            remedy: "unpack Dark Zurich's rgb_anon and gt folders into the root")
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
