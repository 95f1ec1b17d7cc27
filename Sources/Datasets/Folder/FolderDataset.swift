internal import Basics

/// A folder of somebody's own, of any layout that `FolderLayout` describes.
public struct FolderDataset: FileDataset {
    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    public let panoptic: PanopticLabels?
    public let instanceTable: COCOInstanceLabels?
    private let labelFiles: LabelFiles

    /// - Throws: see `PairedFolders`, `SplitList`, `PanopticFile` and `PanopticLabels`; `unsupportedOption` for a split
    ///   that the layout does not tell apart.
    public init(root: String, split: DatasetSplit, options: DatasetOptions) throws(DatasetError) {
        let layout = options.layout ?? FolderLayout()
        guard split == .train || layout.hasSplits else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): the split \(split.rawValue) would be the same images as every other; put "
                    + "\(FolderLayout.splitMark) into images or list, or leave split out")
        }
        guard let space = options.fileLabelSpace ?? options.labelSpace else {
            throw DatasetError(
                .unsupportedOption, "\(root): the labels of a folder need a label space; give labelSpace")
        }
        let list = layout.list?.split(separator: "/").last.map(String.init)
        name = Self.name(root, layout.path(list ?? layout.images, split))
        labelFiles = try LabelFiles(space, options, root: root)
        var findings = ListingFindings(options)
        panoptic = try Self.panoptic(root, layout, split, options, labelFiles)
        instanceTable = try Self.instanceTable(root, layout, split, options, labelFiles)
        var samples = try Self.samples(
            root, layout, split, options.readsLabels && !layout.paintsClasses, &findings)
        if let instanceTable { samples = try instanceTable.listed(samples, findings: &findings) }
        if let panoptic { samples = try panoptic.listed(samples.map(\.havingObjectsInLabel), findings: &findings) }
        self.samples = samples.sorted { $0.imagePath.utf8.lexicographicallyPrecedes($1.imagePath.utf8) }
        self.findings = findings
    }

    private static func name(_ root: String, _ place: String) -> String {
        let last = FilePath.name(of: FileListing.absolute(root))
        return "\(last.isEmpty ? "folder" : last)/\(place)"
    }

    private static func panoptic(
        _ root: String, _ layout: FolderLayout, _ split: DatasetSplit, _ options: DatasetOptions, _ files: LabelFiles
    ) throws(DatasetError) -> PanopticLabels? {
        guard let path = layout.panoptic else { return nil }
        guard layout.instances == nil else {
            throw DatasetError(
                .unsupportedOption,
                "\(root): panoptic labels have their objects in them; leave instances out, or panoptic")
        }
        guard options.readsLabels else { return nil }
        let file = place(of: layout.path(path, split), root)
        guard FileListing.exists(file) else {
            throw DatasetError(
                .missingFolder, "\(file): no such panoptic JSON; check the data set's keys root and panoptic")
        }
        return try PanopticLabels(try PanopticFile(file), .names, files)
    }

    private static func instanceTable(
        _ root: String, _ layout: FolderLayout, _ split: DatasetSplit, _ options: DatasetOptions, _ files: LabelFiles
    ) throws(DatasetError) -> COCOInstanceLabels? {
        guard let path = layout.instanceTable, options.readsLabels else { return nil }
        return try COCOInstanceLabels(
            try COCOInstancesFile(place(of: layout.path(path, split), root)), paintsClasses: layout.paintsClasses, files
        )
    }

    private static func samples(
        _ root: String, _ layout: FolderLayout, _ split: DatasetSplit, _ readsLabels: Bool,
        _ findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        let images = layout.path(layout.images, split)
        var list: SplitList?
        if let path = layout.list {
            list = try SplitList(
                Self.place(of: layout.path(path, split), root), root: root,
                marker: FileSuffix(layout.imageSuffix).marker)
        }
        if let list, list.namesPairs {
            return try list.pairs(below: root, readsLabels: readsLabels, findings: &findings)
        }
        var samples: [SegmentationSample] = []
        for place in try FolderPattern(root: root, layout: layout, split: split).places() {
            var folders = place.folders
            folders.list = list
            samples += try folders.samples(readsLabels: readsLabels, findings: &findings)
        }
        for problem in list?.problems(of: samples.map(\.imagePath), in: "\(root)/\(images)") ?? [] {
            try findings.add(problem)
        }
        return samples
    }

    /// Lists may lie elsewhere than the images.
    private static func place(of list: String, _ root: String) -> String {
        list.hasPrefix("/") ? list : "\(root)/\(list)"
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }
}
