internal import ImageIO

/// The files of one folder where labels are looked for.
struct FolderLabels {
    let folder: String
    /// Names of PNG files by their stems, in order.
    private let files: [String: [String]]
    /// Names of files with other endings by their stems.
    private let others: [String: String]

    init(_ names: [String], in folder: String) {
        self.folder = folder
        var files: [String: [String]] = [:]
        var others: [String: String] = [:]
        for name in names where !ImageFileName.isHidden(name) {
            if let stem = ImageFileName.labelStem(of: name) {
                files[stem, default: []].append(name)
            } else if let stem = ImageFileName.parts(of: name)?.stem {
                others[stem] = name
            }
        }
        self.files = files
        self.others = others
    }

    /// Stems of the PNG files, sorted.
    var stems: [String] { files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// The paths of the PNG files of a stem, which may differ in the case of their endings.
    func paths(stem: String) -> [String] { (files[stem] ?? []).map { "\(folder)/\($0)" } }

    /// The path of the only PNG file of a stem; nil where there is none.
    ///
    /// - Throws: `ambiguousFiles`
    func path(stem: String) throws(DatasetError) -> String? {
        let paths = paths(stem: stem)
        guard paths.count < 2 else { throw .ambiguous(paths[0], paths[1]) }
        return paths.first
    }

    /// The path of a file of a stem that is no PNG; nil where there is none.
    func unreadPath(stem: String) -> String? { others[stem].map { "\(folder)/\($0)" } }
}

extension DatasetError {
    /// A label that does not end as labels must.
    static func labelIsNoPNG(_ path: String) -> DatasetError {
        DatasetError(
            .unsupportedFile,
            "\(path): labels must be PNG, which keeps every id, while JPEG and the like change them; write it as PNG "
                + "from the original ids, not from this file")
    }
}
