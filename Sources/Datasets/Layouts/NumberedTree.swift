/// Images, class maps and maps of objects in three folders, paired by the numbers at the end of their names.
struct NumberedTree {
    let images: String
    let labels: String
    let objects: String
    /// Ends errors about missing folders.
    let remedy: String

    /// In the order of the numbers.
    ///
    /// - Parameter findings: takes `missingLabel`, `missingImage`, `ambiguousFiles`; or they are thrown.
    /// - Throws: `missingFolder`, `emptySplit`.
    func samples(
        readsLabels: Bool, findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        let images = try NumberedFiles(images, remedy: remedy, findings: &findings)
        guard !images.all.isEmpty else {
            throw DatasetError(.emptySplit, "\(self.images): no images with numbers (*NNNN.png) in it; \(remedy)")
        }
        guard readsLabels else { return images.all.map { SegmentationSample($0.path) } }
        let labels = try NumberedFiles(labels, remedy: remedy, findings: &findings)
        let objects = try NumberedFiles(objects, remedy: remedy, findings: &findings)
        var samples: [SegmentationSample] = []
        for (number, image) in images.all {
            if let label = labels.path(of: number), let object = objects.path(of: number) {
                samples.append(SegmentationSample(image, label: label, objects: object))
                continue
            }
            let folder = labels.path(of: number) == nil ? self.labels : self.objects
            try findings.add(
                DatasetError(
                    .missingLabel,
                    "\(image): no file of the number \(number) in \(folder); add it, remove the image, or open the set without "
                        + "labels"))
        }
        for (number, label) in labels.all where images.path(of: number) == nil {
            try findings.add(
                DatasetError(
                    .missingImage,
                    "\(label): no image of the number \(number) in \(self.images); add the image or remove the label"))
        }
        return samples
    }
}

/// The PNG files of a folder by the number at the end of their names: `ss_0001.png` and `0001.png` are both of 1.
struct NumberedFiles {
    private let paths: [Int: String]

    /// - Parameters:
    ///   - ending: in small letters.
    ///   - remedy: ends the error where there is no such folder.
    ///   - findings: takes `ambiguousFiles`, of which the first stays; or they are thrown.
    init(
        _ folder: String, ending: String = "png", remedy: String, findings: inout ListingFindings
    ) throws(DatasetError) {
        var paths: [Int: String] = [:]
        for name in try FileListing.names(in: folder, remedy: remedy) where !name.hasPrefix(".") {
            guard name.lowercased().hasSuffix(".\(ending)"), let number = Self.number(name.dropLast(ending.count + 1))
            else {
                findings.passedOver.add("\(folder)/\(name)", .otherName)
                continue
            }
            guard let first = paths[number] else {
                paths[number] = "\(folder)/\(name)"
                continue
            }
            try findings.add(
                DatasetError(
                    .ambiguousFiles,
                    "\(first) and \(folder)/\(name): are both of the number \(number), so it is open which is meant; keep one"
                ))
        }
        self.paths = paths
    }

    func path(of number: Int) -> String? { paths[number] }

    /// All of them, by number.
    var all: [(number: Int, path: String)] { paths.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// The number at the end of a stem; nil where there is none.
    static func number(_ stem: some StringProtocol) -> Int? {
        Int(String(String(stem).reversed().prefix { $0.isASCII && $0.isNumber }.reversed()))
    }
}
