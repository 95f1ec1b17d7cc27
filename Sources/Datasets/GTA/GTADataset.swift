/// GTA5 (Richter et al., ECCV 2016): 24966 rendered images with Cityscapes label ids.
///
///     images/NNNNN.png
///     labels/NNNNN.png (palette index = label id), or labels/NNNNN_labelTrainIds.png
///
/// Has one split, `train`.
public struct GTADataset: FileDataset {
    public let name: String
    public let samples: [SegmentationSample]
    private let labelSpaceKind: LabelSpaceKind

    /// - Throws: see `FlatFolderLayout`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions = .init()) throws(DatasetError) {
        name = "gta/\(split.rawValue)"
        labelSpaceKind = options.labelSpace
        samples = try FlatFolderLayout(
            datasetName: "GTA", imageFolder: "\(root)/images", labelFolder: "\(root)/labels",
            imageSuffixes: [".png", ".jpg"], labelSuffixes: ["_labelTrainIds.png", ".png"]
        ).samples(split: split, readsLabels: options.readsLabels)
    }

    public var labelSpace: LabelSpace { labelSpaceKind.space }

    public func labelEncoding(of path: String) -> LabelEncoding {
        let native: LabelEncoding =
            path.hasSuffix("_labelTrainIds.png") ? .cityscapesTrainIDs : .cityscapesLabelIDs
        return native.delivered(in: labelSpaceKind)
    }
}
