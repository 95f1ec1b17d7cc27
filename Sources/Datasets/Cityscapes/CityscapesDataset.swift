/// Cityscapes (Cordts et al., CVPR 2016) and everything written in its layout:
///
///     leftImg8bit/<split>/<city>/<stem>_leftImg8bit.png (or .jpg)
///     gtFine/<split>/<city>/<stem>_gtFine_labelTrainIds.png, else ..._labelIds.png, and ..._instanceIds.png
public struct CityscapesDataset: FileDataset {
    public let name: String
    public let samples: [SegmentationSample]
    private let labelSpaceKind: LabelSpaceKind

    /// - Throws: `missingFolder`, `emptySplit`; when labels are read also `missingLabel` and `missingImage`.
    public init(
        root: String, split: DatasetSplit, options: DatasetOptions = .init(), name: String = "cityscapes"
    ) throws(DatasetError) {
        self.name = "\(name)/\(split.rawValue)"
        labelSpaceKind = options.labelSpace
        samples = try Layout(root: root, split: split).samples(readsLabels: options.readsLabels)
    }

    public var labelSpace: LabelSpace { labelSpaceKind.space }

    public func labelEncoding(of path: String) -> LabelEncoding {
        let native: LabelEncoding =
            path.hasSuffix(Layout.trainIDSuffix) ? .cityscapesTrainIDs : .cityscapesLabelIDs
        return native.delivered(in: labelSpaceKind)
    }
}

extension LabelEncoding {
    /// An encoding of Cityscapes classes, delivered as `kind`.
    func delivered(in kind: LabelSpaceKind) -> LabelEncoding {
        switch kind {
        case .cityscapes19: self
        case .camvid11: followed(by: .cityscapes19AsCamVid11)
        }
    }
}

extension CityscapesDataset {
    /// Where the files of one split are.
    private struct Layout {
        static let imageSuffixes = ["_leftImg8bit.png", "_leftImg8bit.jpg"]
        static let trainIDSuffix = "_gtFine_labelTrainIds.png"
        static let labelSuffixes = [trainIDSuffix, "_gtFine_labelIds.png"]
        static let instanceSuffix = "_gtFine_instanceIds.png"

        let imageRoot: String
        let labelRoot: String

        init(root: String, split: DatasetSplit) {
            imageRoot = "\(root)/leftImg8bit/\(split.rawValue)"
            labelRoot = "\(root)/gtFine/\(split.rawValue)"
        }

        func samples(readsLabels: Bool) throws(DatasetError) -> [SegmentationSample] {
            let remedy = "the data set's root must hold leftImg8bit and gtFine with a folder for each split"
            var samples: [SegmentationSample] = []
            for city in try FileListing.names(in: imageRoot, remedy: remedy)
            where FileListing.isFolder("\(imageRoot)/\(city)") {
                samples += try self.samples(inCity: city, readsLabels: readsLabels, remedy: remedy)
            }
            guard !samples.isEmpty else {
                throw DatasetError(
                    .emptySplit,
                    "\(imageRoot): no *_leftImg8bit.png or .jpg in its city folders; check the split's name")
            }
            return samples
        }

        private func samples(
            inCity city: String, readsLabels: Bool, remedy: String
        ) throws(DatasetError) -> [SegmentationSample] {
            let images = try FileListing.names(in: "\(imageRoot)/\(city)", remedy: remedy)
                .compactMap { name in
                    FileListing.stem(of: name, suffixes: Self.imageSuffixes).map { (stem: $0, name: name) }
                }
            guard readsLabels else {
                return images.map {
                    SegmentationSample(name: $0.stem, imagePath: "\(imageRoot)/\(city)/\($0.name)")
                }
            }
            let labelFolder = "\(labelRoot)/\(city)"
            let labelFiles = Set(try FileListing.names(in: labelFolder, remedy: remedy))
            try checkEveryLabelHasImage(labelFiles, stems: Set(images.map(\.stem)), folder: labelFolder)
            var samples: [SegmentationSample] = []
            for image in images {
                samples.append(
                    try sample(
                        stem: image.stem, image: "\(imageRoot)/\(city)/\(image.name)",
                        labelFolder: labelFolder, labelFiles: labelFiles))
            }
            return samples
        }

        private func sample(
            stem: String, image: String, labelFolder: String, labelFiles: Set<String>
        ) throws(DatasetError) -> SegmentationSample {
            guard let label = Self.labelSuffixes.map({ stem + $0 }).first(where: labelFiles.contains) else {
                throw DatasetError(
                    .missingLabel,
                    "\(image): no label \(labelFolder)/\(stem)\(Self.labelSuffixes[1]) (or _labelTrainIds); "
                        + "add it, remove the image, or open the set without labels")
            }
            let instance = stem + Self.instanceSuffix
            return SegmentationSample(
                name: stem, imagePath: image, labelPath: "\(labelFolder)/\(label)",
                instancePath: labelFiles.contains(instance) ? "\(labelFolder)/\(instance)" : nil)
        }

        private func checkEveryLabelHasImage(
            _ labelFiles: Set<String>, stems: Set<String>, folder: String
        ) throws(DatasetError) {
            let orphan = labelFiles.sorted().first { file in
                FileListing.stem(of: file, suffixes: Self.labelSuffixes).map { !stems.contains($0) } ?? false
            }
            if let orphan {
                throw DatasetError(
                    .missingImage,
                    "\(folder)/\(orphan): no image of this name under \(imageRoot); add the image or remove the label")
            }
        }
    }
}
