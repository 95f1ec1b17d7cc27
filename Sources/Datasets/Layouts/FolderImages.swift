internal import ImageIO

/// The files of one folder where images are looked for.
struct FolderImages {
    let folder: String
    /// In the order of their names; no two have one stem.
    private(set) var images: [(stem: String, name: String)] = []
    /// Names that are not images of the data set.
    private(set) var others: [String] = []

    /// - Parameters:
    ///   - marker: what stands between the stem of an image's name and its ending.
    ///   - ending: of images, in small letters; nil for all that images have.
    ///   - findings: takes `ambiguousFiles`, of which the first stays; or they are thrown.
    init(
        _ names: [String], in folder: String, marker: String = "", ending: String? = nil,
        findings: inout ListingFindings
    ) throws(DatasetError) {
        self.folder = folder
        var nameByStem: [String: String] = [:]
        for name in names {
            guard let stem = ImageFileName.imageStem(of: name), stem.hasSuffix(marker),
                ending == nil || ImageFileName.parts(of: name)?.ending == ending
            else {
                others.append(name)
                continue
            }
            if let first = nameByStem[stem] {
                try findings.add(.ambiguous("\(folder)/\(first)", "\(folder)/\(name)"))
            } else {
                nameByStem[stem] = name
                images.append((String(stem.dropLast(marker.count)), name))
            }
        }
    }

    /// Takes images out.
    ///
    /// - Returns: their names.
    mutating func remove(where isRemoved: (_ name: String) -> Bool) -> [String] {
        let removed = images.filter { isRemoved($0.name) }.map(\.name)
        let names = Set(removed)
        images.removeAll { names.contains($0.name) }
        return removed
    }

    /// An image in a format that is not read, of a stem; nil where there is none.
    ///
    /// - Parameter stem: with the marker.
    func unreadFile(stem: String) -> String? {
        others.first { !ImageFileName.isHidden($0) && ImageFileName.parts(of: $0)?.stem == stem }
    }
}

extension DatasetError {
    /// Two files whose names differ in their endings only.
    static func ambiguous(_ first: String, _ second: String) -> DatasetError {
        // Strings are equal whose letters are, however their accents are written.
        guard first != second else {
            return DatasetError(
                .ambiguousFiles,
                "\(first): is there twice, with letters and their accents in two Unicode forms (NFC and NFD), so it is open which "
                    + "is meant; keep one")
        }
        return DatasetError(
            .ambiguousFiles,
            "\(first) and \(second): differ in their endings only, so it is open which is meant; keep one")
    }
}
