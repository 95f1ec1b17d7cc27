internal import Basics
internal import ImageIO

/// Images and labels in two trees of folders of the same shape, paired by the stems of their names.
///
///     PairedFolders(
///         images: "acdc/rgb_anon/fog/train", labels: "acdc/gt/fog/train", imageMarker: "_rgb_anon",
///         labelMarkers: ["_gt_labelTrainIds", "_gt_labelIds"], remedy: "unpack both archives")
struct PairedFolders {
    let images: String
    let labels: String
    /// Stands between the stem and the ending of an image's name.
    var imageMarker = ""
    /// The same of labels, in order of preference.
    let labelMarkers: [String]
    /// Whether labels of images in folders may all lie in one: their names are those of the images still. What has no
    /// image is not reported then.
    var labelsMayLieTogether = false
    /// The folder of instance maps; nil for that of the labels.
    var instances: String?
    var instanceMarker: String?
    /// Ending of images, in small letters; nil for all that images have.
    var imageEnding: String?
    /// Ends of names that lie among the images and are none, such as those of labels in the same folder.
    var otherMarkers: [String] = []
    /// Names the images that are read; nil for all.
    var list: SplitList?
    /// Of every image here.
    var condition: CaptureCondition?
    /// Names of folders that are passed over, and endings of such names.
    var foldersPassedOver: [String] = []
    /// Ends errors about missing folders.
    let remedy: String
    /// The same of labels and of instance maps; nil for that of images.
    var labelRemedy: String?
    var instanceRemedy: String?

    /// The pairs in the order of their paths.
    ///
    /// - Parameter findings: takes `missingLabel`, `missingImage`, `ambiguousFiles`, `unsupportedFile`, `missingFolder`
    ///   of labels; or they are thrown.
    /// - Throws: `missingFolder`, `emptySplit`, `unreadable`.
    func samples(
        readsLabels: Bool, findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        var samples: [SegmentationSample] = []
        let walk = FolderWalk()
        if let way = walk.entering(images) {
            try collect(below: "", on: way, of: walk, readsLabels, &samples, &findings)
        }
        // What a list names and is not there is told by its lines.
        guard !samples.isEmpty || !findings.problems.isEmpty || list != nil else {
            let others = findings.passedOver.notice(of: images).map { " (\($0))" } ?? ""
            throw DatasetError(
                .emptySplit,
                "\(images): no images (*\(imageMarker) ending in \(ImageFileName.endingsInWords)) in it\(others); "
                    + remedy
            )
        }
        return samples
    }

    /// - Parameters:
    ///   - folder: path below both roots, empty or with a slash in front.
    ///   - way: the folders of images on the way to it, and itself.
    private func collect(
        below folder: String, on way: FolderWalk.Way, of walk: FolderWalk, _ readsLabels: Bool,
        _ samples: inout [SegmentationSample], _ findings: inout ListingFindings
    ) throws(DatasetError) {
        let path = images + folder
        var files = try FolderImages(
            try FileListing.names(in: path, remedy: remedy).filter { !isOther($0) }, in: path, marker: imageMarker,
            ending: imageEnding, findings: &findings)
        for name in list.map({ list in files.remove { !list.names("\(path)/\($0)") } }) ?? [] {
            findings.passedOver.add("\(path)/\(name)", .unlisted)
        }
        if readsLabels {
            samples += try pairs(files, folder, &findings)
        } else {
            samples += files.images.map {
                SegmentationSample(name: $0.stem, imagePath: "\(path)/\($0.name)", condition: condition)
            }
        }
        for name in files.others {
            // Names first: asking a network's file system about each of thousands of files takes long.
            if foldersPassedOver.contains(where: name.hasSuffix) { continue }
            // Labels may lie below the images, and are none.
            if [labels, instances].contains("\(path)/\(name)") { continue }
            if !ImageFileName.isHidden(name) && FileListing.isFolder("\(path)/\(name)") {
                guard let way = walk.entering("\(path)/\(name)", from: way) else {
                    findings.passedOver.add(notEntered: "\(path)/\(name)", from: way, of: walk)
                    continue
                }
                try collect(below: "\(folder)/\(name)", on: way, of: walk, readsLabels, &samples, &findings)
            } else if !ImageFileName.isHidden(name) && FileListing.isDangling("\(path)/\(name)") {
                throw DatasetError(
                    .unreadable, "\(path)/\(name): is a link to nowhere; bring back what it names, or remove it")
            } else if ImageFileName.imageStem(of: name) != nil {
                findings.passedOver.add("\(path)/\(name)", .otherName)
            } else {
                findings.passedOver.add(noImage: name, in: path)
            }
        }
    }

    private func pairs(
        _ files: FolderImages, _ folder: String, _ findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        let liesTogether = labelsMayLieTogether && !FileListing.isFolder(self.labels + folder)
        let labelFolder = liesTogether ? self.labels : self.labels + folder
        if files.images.isEmpty && !FileListing.isFolder(labelFolder) { return [] }
        let labels: FolderLabels
        do {
            labels = FolderLabels(
                try FileListing.names(in: labelFolder, remedy: labelRemedy ?? remedy), in: labelFolder)
        } catch {
            try findings.add(error)
            return []
        }
        // Labels of images that are not listed are no mistake.
        if list == nil && !labelsMayLieTogether { try reportLabelsWithoutImage(labels, files, &findings) }
        let maps = try instances.map { (root) throws(DatasetError) in try instanceMaps(root + folder) }
        var samples: [SegmentationSample] = []
        for (stem, image) in files.images {
            do {
                samples.append(try pair(stem, image: "\(files.folder)/\(image)", labels, maps))
            } catch {
                try findings.add(error)
            }
        }
        return samples
    }

    private func pair(
        _ stem: String, image: String, _ labels: FolderLabels, _ maps: FolderLabels?
    ) throws(DatasetError) -> SegmentationSample {
        for marker in labelMarkers {
            guard let label = try labels.path(stem: stem + marker) else { continue }
            let instances = try instanceMarker.flatMap { marker throws(DatasetError) in
                try (maps ?? labels).path(stem: stem + marker)
            }
            if let maps, instances == nil {
                throw DatasetError(
                    .missingLabel,
                    "\(image): no instance map \(stem)\(instanceMarker ?? "").\(ImageFileName.labelEnding) in "
                        + "\(maps.folder); add it, or leave instances out of the data set")
            }
            return SegmentationSample(
                name: stem, imagePath: image, labelPath: label, instancePath: instances, condition: condition)
        }
        for marker in labelMarkers {
            guard let other = labels.unreadPath(stem: stem + marker) else { continue }
            throw .labelIsNoPNG(other)
        }
        let names = labelMarkers.map { "\(stem)\($0).\(ImageFileName.labelEnding)" }.joined(separator: " or ")
        throw DatasetError(
            .missingLabel,
            "\(image): no label \(names) in \(labels.folder); add it, remove the image, or open the set without labels")
    }

    /// Whether a file among the images is known to be something else.
    private func isOther(_ name: String) -> Bool {
        guard !otherMarkers.isEmpty, let stem = ImageFileName.labelStem(of: name) else { return false }
        return otherMarkers.contains(where: stem.hasSuffix)
    }

    private func instanceMaps(_ folder: String) throws(DatasetError) -> FolderLabels {
        FolderLabels(try FileListing.names(in: folder, remedy: instanceRemedy ?? remedy), in: folder)
    }

    private func reportLabelsWithoutImage(
        _ labels: FolderLabels, _ files: FolderImages, _ findings: inout ListingFindings
    ) throws(DatasetError) {
        let stems = Set(files.images.map(\.stem))
        let images = Set(files.images.map { $0.stem + imageMarker })
        for label in labels.stems {
            guard let marker = labelMarkers.first(where: label.hasSuffix) else { continue }
            // Images may be PNG and lie in the same folder.
            if labels.folder == files.folder, images.contains(label) { continue }
            let stem = String(label.dropLast(marker.count))
            guard !stems.contains(stem), let path = labels.paths(stem: label).first else { continue }
            if let other = files.unreadFile(stem: stem + imageMarker) {
                try findings.add(
                    DatasetError(
                        .unsupportedFile,
                        "\(files.folder)/\(other): images must end in \(ImageFileName.endingsInWords), and the label "
                            + "\(path) is of this one; convert the image"))
            } else {
                try findings.add(
                    DatasetError(
                        .missingImage,
                        "\(path): no image of this name under \(self.images); add the image or remove the label"))
            }
        }
    }
}
