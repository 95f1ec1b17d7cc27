/// A layout of two folders, images and labels, that pair by file name; the whole set is the split `train`.
struct FlatFolderLayout {
    let datasetName: String
    let imageFolder: String
    let labelFolder: String
    let imageSuffixes: [String]
    /// In order of preference.
    let labelSuffixes: [String]

    /// - Throws: `unsupportedOption` for another split than train, `missingFolder`, `emptySplit`, `missingLabel`,
    ///   `missingImage`.
    func samples(split: DatasetSplit, readsLabels: Bool) throws(DatasetError) -> [SegmentationSample] {
        guard split == .train else {
            throw DatasetError(
                .unsupportedOption,
                "\(imageFolder): \(datasetName) has no split \(split.rawValue); use train, and another set to validate")
        }
        let remedy = "the root of \(datasetName) must hold it"
        let images = try FileListing.names(in: imageFolder, remedy: remedy).compactMap { name in
            FileListing.stem(of: name, suffixes: imageSuffixes).map { (stem: $0, path: "\(imageFolder)/\(name)") }
        }
        guard !images.isEmpty else {
            throw DatasetError(.emptySplit, "\(imageFolder): no images; unpack \(datasetName) there")
        }
        guard readsLabels else { return images.map { SegmentationSample(name: $0.stem, imagePath: $0.path) } }
        let labels = Set(try FileListing.names(in: labelFolder, remedy: remedy))
        try checkEveryLabelHasImage(labels, stems: Set(images.map(\.stem)))
        var samples: [SegmentationSample] = []
        for image in images {
            guard let label = labelSuffixes.map({ image.stem + $0 }).first(where: labels.contains) else {
                throw DatasetError(
                    .missingLabel,
                    "\(image.path): no label \(labelFolder)/\(image.stem)\(labelSuffixes[labelSuffixes.count - 1]); "
                        + "add it, remove the image, or open the set without labels")
            }
            samples.append(
                SegmentationSample(name: image.stem, imagePath: image.path, labelPath: "\(labelFolder)/\(label)"))
        }
        return samples
    }

    private func checkEveryLabelHasImage(_ labels: Set<String>, stems: Set<String>) throws(DatasetError) {
        let orphan = labels.sorted().first { file in
            FileListing.stem(of: file, suffixes: labelSuffixes).map { !stems.contains($0) } ?? false
        }
        if let orphan {
            throw DatasetError(
                .missingImage,
                "\(labelFolder)/\(orphan): no image of this name in \(imageFolder); add the image or remove the label")
        }
    }
}
