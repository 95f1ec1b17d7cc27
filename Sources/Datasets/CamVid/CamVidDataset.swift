internal import Basics
internal import FoundationEssentials
internal import ImageIO

/// CamVid reduced to 11 classes (Brostow et al., 2008; split and grouping of SegNet):
///
///     <split>.txt                 one frame name a line, in the order of the video
///     <split>/images/<name>.png (or .jpg), <split>/labels/<name>.png
///
/// Labels exist only in its own 11 classes; a 19-class network is scored on it by the map in the file of `camvid11`.
public struct CamVidDataset: FileDataset {
    public let name: String
    public let samples: [SegmentationSample]
    public let findings: ListingFindings
    private let labelFiles: LabelFiles

    /// - Throws: `missingFolder`, `emptySplit`, `missingImage`; when labels are read also `missingLabel`, and
    ///   `incompatibleLabelSpaces` for a label space that has no map of `camvid11`.
    public init(root: String, split: DatasetSplit, options: DatasetOptions) throws(DatasetError) {
        labelFiles = try LabelFiles(native: "camvid11", options, root: root)
        name = "camvid/\(split.rawValue)"
        var findings = ListingFindings(options)
        samples = try Self.samples(
            folder: root, split: split.rawValue, readsLabels: options.readsLabels, findings: &findings)
        self.findings = findings
    }

    public var labelSpace: LabelSpace { labelFiles.labelSpace }

    public func labelEncoding(of path: String) -> LabelEncoding { labelFiles.encoding(of: path) }

    private static func samples(
        folder: String, split: String, readsLabels: Bool, findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        let list = "\(folder)/\(split).txt"
        let frames = try frameNames(listedIn: list).sorted()
        guard !frames.isEmpty else {
            throw DatasetError(.emptySplit, "\(list): lists no frames; restore the file from the data set")
        }
        let images = try FolderImages(listing: "\(folder)/\(split)/images", findings: &findings)
        let labels = try FolderLabels(listing: "\(folder)/\(split)/labels")
        let nameByFrame = Dictionary(uniqueKeysWithValues: images.images.map { ($0.stem, $0.name) })
        var samples: [SegmentationSample] = []
        var previous: String?
        for frame in frames {
            do throws(DatasetError) {
                guard frame != previous else {
                    throw DatasetError(.ambiguousFiles, "\(list): lists \(frame) twice; remove one of the lines")
                }
                previous = frame
                let image = try image(frame, nameByFrame[frame], images, list: list)
                let label = readsLabels ? try label(frame, image, labels) : nil
                samples.append(SegmentationSample(name: frame, imagePath: image, labelPath: label))
            } catch {
                try findings.add(error)
            }
        }
        let listed = Set(frames)
        for (stem, name) in images.images where !listed.contains(stem) {
            findings.passedOver.add("\(images.folder)/\(name)", .unlisted)
        }
        for name in images.others { findings.passedOver.add(noImage: name, in: images.folder) }
        return samples
    }

    private static func image(
        _ frame: String, _ name: String?, _ images: FolderImages, list: String
    ) throws(DatasetError) -> String {
        if let name { return "\(images.folder)/\(name)" }
        if let other = images.unreadFile(stem: frame) {
            throw DatasetError(
                .unsupportedFile,
                "\(images.folder)/\(other): images must end in \(ImageFileName.endingsInWords); convert it")
        }
        throw DatasetError(
            .missingImage,
            "\(images.folder)/\(frame).png: listed in \(list) but missing, and so is a .jpg; add it or "
                + "remove its line")
    }

    private static func label(
        _ frame: String, _ image: String, _ labels: FolderLabels
    ) throws(DatasetError) -> String {
        if let label = try labels.path(stem: frame) { return label }
        if let other = labels.unreadPath(stem: frame) { throw .labelIsNoPNG(other) }
        throw DatasetError(
            .missingLabel,
            "\(image): no label \(labels.folder)/\(frame).png; add it, or open the set without labels")
    }

    private static func frameNames(listedIn path: String) throws(DatasetError) -> [String] {
        guard let data = RegularFile.contents(of: path) else {
            throw DatasetError(
                .missingFolder,
                "\(path): cannot be read; the root of CamVid must hold train.txt and val.txt beside their folders")
        }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }
}

extension FolderImages {
    /// The images of a folder; none where there is no folder.
    fileprivate init(listing folder: String, findings: inout ListingFindings) throws(DatasetError) {
        let names = FileListing.isFolder(folder) ? try FileListing.names(in: folder, remedy: "") : []
        try self.init(names, in: folder, findings: &findings)
    }
}

extension FolderLabels {
    /// The labels of a folder; none where there is no folder.
    fileprivate init(listing folder: String) throws(DatasetError) {
        self.init(FileListing.isFolder(folder) ? try FileListing.names(in: folder, remedy: "") : [], in: folder)
    }
}
