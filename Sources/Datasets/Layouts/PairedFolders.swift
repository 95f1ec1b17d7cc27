/// Images and labels in two trees of folders of the same shape, paired by the stems of their names.
///
///     PairedFolders(
///         images: "acdc/rgb_anon/fog/train", labels: "acdc/gt/fog/train", imageSuffixes: ["_rgb_anon.png"],
///         labelSuffixes: ["_gt_labelTrainIds.png", "_gt_labelIds.png"], remedy: "unpack both archives")
struct PairedFolders {
    let images: String
    let labels: String
    let imageSuffixes: [String]
    /// In order of preference.
    let labelSuffixes: [String]
    var instanceSuffix: String?
    /// Of every image here.
    var condition: CaptureCondition?
    /// Names of folders that are passed over, and endings of such names.
    var passedOver: [String] = []
    /// Ends errors about missing folders.
    let remedy: String

    /// The pairs in the order of their paths.
    ///
    /// - Parameter problems: takes `missingLabel`, `missingImage`, `missingFolder` of labels; or they are thrown.
    /// - Throws: `missingFolder`, `emptySplit`, `unreadable`.
    func samples(
        readsLabels: Bool, problems: inout ListingProblems
    ) throws(DatasetError) -> [SegmentationSample] {
        var samples: [SegmentationSample] = []
        try collect(below: "", readsLabels, &samples, &problems)
        guard !samples.isEmpty || !problems.found.isEmpty else {
            let names = imageSuffixes.map { "*\($0)" }.joined(separator: " or ")
            throw DatasetError(.emptySplit, "\(images): no images (\(names)) in it; \(remedy)")
        }
        return samples
    }

    /// - Parameter folder: path below both roots, empty or with a slash in front.
    private func collect(
        below folder: String, _ readsLabels: Bool, _ samples: inout [SegmentationSample],
        _ problems: inout ListingProblems
    ) throws(DatasetError) {
        let imageFolder = images + folder
        let names = try FileListing.names(in: imageFolder, remedy: remedy)
        let stems = names.compactMap { name in
            FileListing.stem(of: name, suffixes: imageSuffixes).map { (stem: $0, image: "\(imageFolder)/\(name)") }
        }
        if readsLabels {
            samples += try pairs(stems, labelFolder: labels + folder, &problems)
        } else {
            samples += stems.map { SegmentationSample(name: $0.stem, imagePath: $0.image, condition: condition) }
        }
        for name in names where isEntered(name, in: imageFolder) {
            try collect(below: "\(folder)/\(name)", readsLabels, &samples, &problems)
        }
    }

    private func isEntered(_ name: String, in imageFolder: String) -> Bool {
        // Names first: asking a network's file system about each of thousands of images takes long.
        FileListing.stem(of: name, suffixes: imageSuffixes) == nil && !passedOver.contains(where: name.hasSuffix)
            && FileListing.isFolder("\(imageFolder)/\(name)")
    }

    private func pairs(
        _ stems: [(stem: String, image: String)], labelFolder: String, _ problems: inout ListingProblems
    ) throws(DatasetError) -> [SegmentationSample] {
        if stems.isEmpty && !FileListing.isFolder(labelFolder) { return [] }
        let files: Set<String>
        do {
            files = Set(try FileListing.names(in: labelFolder, remedy: remedy))
        } catch {
            try problems.add(error)
            return []
        }
        try reportLabelsWithoutImage(files, Set(stems.map(\.stem)), labelFolder, &problems)
        var samples: [SegmentationSample] = []
        for (stem, image) in stems {
            guard let label = labelSuffixes.map({ stem + $0 }).first(where: files.contains) else {
                let names = labelSuffixes.map { stem + $0 }.joined(separator: " or ")
                try problems.add(
                    DatasetError(
                        .missingLabel,
                        "\(image): no label \(names) in \(labelFolder); "
                            + "add it, remove the image, or open the set without labels"))
                continue
            }
            let instance = instanceSuffix.map { stem + $0 }.flatMap { files.contains($0) ? $0 : nil }
            samples.append(
                SegmentationSample(
                    name: stem, imagePath: image, labelPath: "\(labelFolder)/\(label)",
                    instancePath: instance.map { "\(labelFolder)/\($0)" }, condition: condition))
        }
        return samples
    }

    private func reportLabelsWithoutImage(
        _ files: Set<String>, _ stems: Set<String>, _ labelFolder: String, _ problems: inout ListingProblems
    ) throws(DatasetError) {
        for file in files.sorted() {
            guard let stem = FileListing.stem(of: file, suffixes: labelSuffixes), !stems.contains(stem) else {
                continue
            }
            try problems.add(
                DatasetError(
                    .missingImage,
                    "\(labelFolder)/\(file): no image of this name under \(images); add the image or remove the label"))
        }
    }
}
