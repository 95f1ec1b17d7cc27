internal import Datasets

/// The class files (PNG) below a folder, by the name of the image they belong to.
struct ClassFileFolder {
    let path: String
    /// Path by image name.
    let files: [String: String]
    /// Image names, sorted by their bytes.
    let names: [String]

    /// Endings that data sets put behind the image's name; of several files of one image the first kind is taken.
    private static let suffixes = [
        "_gtFine_labelTrainIds", "_gtFine_labelIds", "_gt_labelTrainIds", "_gt_labelIds", "_labelTrainIds", "_labelIds",
        "_leftImg8bit", "_rgb_anon", "_rgb_ref_anon", "",
    ]
    /// Endings of files that data sets keep beside class files.
    private static let otherSuffixes = ["_instanceIds", "_instanceTrainIds", "_color", "_gt_invGray", "_gt_labelColor"]

    /// - Throws: `missingFolder`, `emptyFolder`, `unreadable`, or `duplicateName` where two files of one kind belong to
    ///   one image.
    init(_ path: String) throws(EvaluationError) {
        self.path = path
        var found: [String: (file: String, kind: Int)] = [:]
        for relativePath in try FileTree.files(below: path, endings: [".png"]) {
            let file = "\(path)/\(relativePath)"
            guard let (name, kind) = Self.name(of: file) else { continue }
            if let other = found[name], other.kind <= kind {
                guard other.kind < kind else {
                    throw EvaluationError(
                        .duplicateName,
                        "\(file) and \(other.file) are both named \(name); give a folder with one file an image")
                }
                continue
            }
            found[name] = (file, kind)
        }
        guard !found.isEmpty else {
            throw EvaluationError(.emptyFolder, "\(path): holds no PNG of classes; check the folder")
        }
        files = found.mapValues(\.file)
        names = found.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The condition whose name one of the folders between this one and the file has.
    func condition(of file: String) -> CaptureCondition? {
        file.dropFirst(path.count).split(separator: "/").dropLast().lazy
            .compactMap { CaptureCondition(rawValue: String($0)) }.first
    }

    /// Image name and rank of the kind of file; `nil` for a file that holds no classes.
    private static func name(of file: String) -> (name: String, kind: Int)? {
        let last = file.lastIndex(of: "/").map { file[file.index(after: $0)...] } ?? file[...]
        let stem = last.dropLast(".png".count)
        if otherSuffixes.contains(where: stem.hasSuffix) { return nil }
        for (kind, suffix) in suffixes.enumerated() where stem.hasSuffix(suffix) {
            return (String(stem.dropLast(suffix.count)), kind)
        }
        return nil
    }
}
