internal import ImageIO

/// CamVid reduced to 11 classes (Brostow et al., 2008; split and grouping of SegNet):
///
///     <split>.txt                 a frame a line: its name, its path, or the paths of image and label
///     <split>/images/<name>.png (or .jpg), <split>/labels/<name>.png
///     <split>/<name>.png, <split>annot/<name>.png                          as the tutorial of SegNet has them
///
/// The tutorial's lists name paths of its authors' machine (`/SegNet/CamVid/train/x.png
/// /SegNet/CamVid/trainannot/x.png`): of a path that is not there, what lies below the root counts. Labels exist only
/// in its own 11 classes; a 19-class network is scored on it by the map in the file of `camvid11`.
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
        let path = "\(folder)/\(split).txt"
        guard FileListing.exists(path) else {
            throw DatasetError(
                .missingFolder,
                "\(path): no such list of frames; the root of CamVid must hold train.txt and val.txt beside their folders"
            )
        }
        let list = try SplitList(path, root: folder, marker: "")
        guard !list.namesPairs else {
            return sorted(try list.pairs(below: folder, readsLabels: readsLabels, findings: &findings))
        }
        let places = try Places(root: folder, split: split, findings: &findings)
        var samples: [SegmentationSample] = []
        var lines: [String: Int] = [:]
        for (frame, line) in list.names {
            do throws(DatasetError) {
                if let first = lines.updateValue(line, forKey: frame) {
                    throw DatasetError(
                        .ambiguousFiles,
                        "\(path):\(line): lists \(frame) as line \(first) does; remove one of the lines")
                }
                samples.append(try places.sample(frame, readsLabels: readsLabels, list: "\(path):\(line)"))
            } catch {
                try findings.add(error)
            }
        }
        places.passOver(allBut: Set(lines.keys), &findings)
        return sorted(samples)
    }

    private static func sorted(_ samples: [SegmentationSample]) -> [SegmentationSample] {
        samples.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

/// Where the images and labels of a split lie.
private struct Places {
    let images: FolderImages
    let labels: FolderLabels
    private let nameByFrame: [String: String]

    init(root: String, split: String, findings: inout ListingFindings) throws(DatasetError) {
        let own = "\(root)/\(split)/images"
        // The tutorial's folders, where there are no others.
        let isTutorial = !FileListing.isFolder(own) && FileListing.isFolder("\(root)/\(split)annot")
        let folder = isTutorial ? "\(root)/\(split)" : own
        let names = FileListing.isFolder(folder) ? try FileListing.names(in: folder, remedy: "") : []
        images = try FolderImages(names, in: folder, findings: &findings)
        let labelFolder = isTutorial ? "\(root)/\(split)annot" : "\(root)/\(split)/labels"
        labels = FolderLabels(
            FileListing.isFolder(labelFolder) ? try FileListing.names(in: labelFolder, remedy: "") : [], in: labelFolder
        )
        nameByFrame = Dictionary(uniqueKeysWithValues: images.images.map { ($0.stem, $0.name) })
    }

    func sample(_ frame: String, readsLabels: Bool, list: String) throws(DatasetError) -> SegmentationSample {
        let image = try image(frame, list: list)
        return SegmentationSample(
            name: frame, imagePath: image, labelPath: readsLabels ? try label(frame, image) : nil)
    }

    private func image(_ frame: String, list: String) throws(DatasetError) -> String {
        if let name = nameByFrame[frame] { return "\(images.folder)/\(name)" }
        if let other = images.unreadFile(stem: frame) {
            throw DatasetError(
                .unsupportedFile,
                "\(images.folder)/\(other): images must end in \(ImageFileName.endingsInWords); convert it")
        }
        throw DatasetError(
            .missingImage,
            "\(images.folder)/\(frame).png: listed in \(list) but missing, and so is a .jpg; add it or remove the line")
    }

    private func label(_ frame: String, _ image: String) throws(DatasetError) -> String {
        if let label = try labels.path(stem: frame) { return label }
        if let other = labels.unreadPath(stem: frame) { throw .labelIsNoPNG(other) }
        throw DatasetError(
            .missingLabel,
            "\(image): no label \(labels.folder)/\(frame).png; add it, or open the set without labels")
    }

    /// Images that no line names, and files that are none.
    func passOver(allBut listed: Set<String>, _ findings: inout ListingFindings) {
        for (stem, name) in images.images where !listed.contains(stem) {
            findings.passedOver.add("\(images.folder)/\(name)", .unlisted)
        }
        for name in images.others { findings.passedOver.add(noImage: name, in: images.folder) }
    }
}
