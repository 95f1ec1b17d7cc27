internal import FoundationEssentials

/// CamVid reduced to 11 classes (Brostow et al., 2008; split and grouping of SegNet):
///
///     <split>.txt                 one frame name a line, in the order of the video
///     <split>/images/<name>.jpg (or .png), <split>/labels/<name>.png
///
/// Labels exist only in its own 11 classes; a 19-class network is scored on it by reading its predictions through
/// `LabelEncoding.cityscapes19AsCamVid11`.
public struct CamVidDataset: FileDataset {
    public let name: String
    public let samples: [SegmentationSample]
    public let problems: [DatasetError]
    public let labelSpace: LabelSpace

    /// - Throws: `missingFolder`, `emptySplit`, `missingImage`; when labels are read also `missingLabel` and, for
    ///   another label space than `camvid11`, `unsupportedOption`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions) throws(DatasetError) {
        if options.readsLabels && options.labelSpace != .camvid11 {
            throw DatasetError(
                .unsupportedOption,
                "\(root): CamVid's labels cannot be split into \(options.labelSpace.rawValue); "
                    + "use label space camvid11, or open the set without labels")
        }
        name = "camvid/\(split.rawValue)"
        labelSpace = options.labelSpace.space
        var problems = ListingProblems(options)
        samples = try Self.samples(
            folder: root, split: split.rawValue, readsLabels: options.readsLabels, problems: &problems)
        self.problems = problems.found
    }

    public func labelEncoding(of path: String) -> LabelEncoding { .camvid }

    private static func samples(
        folder: String, split: String, readsLabels: Bool, problems: inout ListingProblems
    ) throws(DatasetError) -> [SegmentationSample] {
        let frames = try frameNames(listedIn: "\(folder)/\(split).txt").sorted()
        guard !frames.isEmpty else {
            throw DatasetError(
                .emptySplit, "\(folder)/\(split).txt: lists no frames; restore the file from the data set")
        }
        var samples: [SegmentationSample] = []
        for frame in frames {
            let images = ["jpg", "png"].map { "\(folder)/\(split)/images/\(frame).\($0)" }
            guard let image = images.first(where: FileListing.exists) else {
                try problems.add(
                    DatasetError(
                        .missingImage, "\(images[0]): listed in \(split).txt but missing; add it or remove its line"))
                continue
            }
            let label = "\(folder)/\(split)/labels/\(frame).png"
            if readsLabels && !FileListing.exists(label) {
                try problems.add(
                    DatasetError(
                        .missingLabel, "\(image): no label \(label); add it, or open the set without labels"))
                continue
            }
            samples.append(SegmentationSample(name: frame, imagePath: image, labelPath: readsLabels ? label : nil))
        }
        return samples
    }

    private static func frameNames(listedIn path: String) throws(DatasetError) -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DatasetError(
                .missingFolder,
                "\(path): cannot be read; the root of CamVid must hold train.txt and val.txt beside their folders")
        }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
