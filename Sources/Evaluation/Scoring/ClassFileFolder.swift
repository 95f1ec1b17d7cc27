internal import Basics
internal import Datasets
internal import ImageIO

/// The class files (PNG) below a folder, by the image they belong to.
///
/// An image is told by its name, or, where several folders have an image of one name, by its path below this folder.
struct ClassFileFolder {
    let path: String
    /// Path of the file by the path of the image below the folder, without endings.
    private let files: [String: String]

    /// Endings that data sets put behind the image's name; of several files of one image the first kind is taken.
    private static let suffixes = [
        "_gtFine_labelTrainIds", "_gtFine_labelIds", "_gt_labelTrainIds", "_gt_labelIds", "_labelTrainIds", "_labelIds",
        "_leftImg8bit", "_rgb_anon", "_rgb_ref_anon", "",
    ]
    /// Endings of files that data sets keep beside class files.
    private static let otherSuffixes = ["_instanceIds", "_instanceTrainIds", "_color", "_gt_invGray", "_gt_labelColor"]

    /// - Throws: `missingFolder`, `emptyFolder`, `unreadable`, which a JPEG is as well, or `duplicateName` where two
    ///   files of one kind in one folder belong to one image.
    init(_ path: String) throws(EvaluationError) {
        self.path = path
        try ScoredPath.requireFolder(path)
        var found: [String: (file: String, kind: Int)] = [:]
        var jpegs: [String: String] = [:]
        for file in try FileTree(path, where: { ImageFileName.imageStem(of: $0) != nil }).files {
            guard let (image, kind) = Self.image(of: file) else { continue }
            guard ImageFileName.labelStem(of: file) != nil else {
                jpegs[image] = file
                continue
            }
            if let other = found[image], other.kind <= kind {
                guard other.kind < kind else {
                    throw EvaluationError(
                        .duplicateName,
                        "\(path)/\(file) and \(other.file) are both of the image \(image); give a folder with one file "
                            + "an image")
                }
                continue
            }
            found[image] = ("\(path)/\(file)", kind)
        }
        if let jpeg = jpegs.filter({ found[$0.key] == nil }).values.min() {
            throw EvaluationError(
                .unreadable,
                "\(path)/\(jpeg): class ids must be PNG, since JPEG changes them; write it as PNG from the original "
                    + "ids, or remove it")
        }
        guard !found.isEmpty else {
            throw EvaluationError(.emptyFolder, "\(path): holds no PNG of classes; \(try Self.remedy(path))")
        }
        files = found.mapValues(\.file)
    }

    /// What to do about a folder without class files.
    private static func remedy(_ path: String) throws(EvaluationError) -> String {
        let objects = try FileTree(path) { $0.hasSuffix("_instanceIds.png") || $0.hasSuffix("_instanceTrainIds.png") }
        guard let first = objects.files.first else { return "check the folder" }
        return "maps of objects such as \(first) are scored by `causeway score instance --protocol cityscapes`; for "
            + "classes give ..._labelIds.png, ..._labelTrainIds.png or other PNG files"
    }

    /// Files of two images that have one name; nil where names tell all images apart.
    var filesOfOneName: (String, String)? {
        var seen: [String: String] = [:]
        for (image, file) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            if let other = seen.updateValue(file, forKey: FilePath.name(of: image)) { return (other, file) }
        }
        return nil
    }

    /// The files by the names of their images, or by their paths.
    ///
    /// - Precondition: no two images have one name, unless by path.
    func files(byPath: Bool) -> [String: String] {
        guard !byPath else { return files }
        return Dictionary(uniqueKeysWithValues: files.map { (FilePath.name(of: $0.key), $0.value) })
    }

    /// The condition whose name one of the folders between this one and the file has.
    func condition(of file: String) -> CaptureCondition? {
        file.dropFirst(path.count).split(separator: "/").dropLast().lazy
            .compactMap { CaptureCondition(rawValue: String($0)) }.first
    }

    /// Image and rank of the kind of file; `nil` for a file that holds no classes.
    private static func image(of file: String) -> (image: String, kind: Int)? {
        let stem = ImageFolder.stem(of: file)
        if otherSuffixes.contains(where: stem.hasSuffix) { return nil }
        for (kind, suffix) in suffixes.enumerated() where stem.hasSuffix(suffix) {
            return (String(stem.dropLast(suffix.count)), kind)
        }
        return nil
    }
}
