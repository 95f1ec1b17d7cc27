internal import Datasets
internal import FoundationEssentials
internal import ImageIO

/// Files in a folder and the folders in it, in an order that is the same on every machine.
struct FileTree {
    /// Paths relative to the folder, sorted by bytes within each folder.
    private(set) var files: [String] = []
    private(set) var passedOver = PassedOverFiles()
    private let folder: String
    private let isWanted: (String) -> Bool

    /// Lists a folder. Hidden files and folders are passed over.
    ///
    /// - Parameter isWanted: told the name of each file.
    /// - Throws: `missingFolder`, `unreadable`.
    init(_ folder: String, where isWanted: @escaping (_ name: String) -> Bool) throws(EvaluationError) {
        guard FileListing.isFolder(folder) else {
            throw EvaluationError(.missingFolder, "\(folder): no such folder; check the path")
        }
        self.folder = folder
        self.isWanted = isWanted
        try collect(below: "", on: FileListing.entering(folder) ?? [])
    }

    /// - Parameters:
    ///   - prefix: a path below the folder, empty or with a slash behind.
    ///   - way: the folders on the way to it, and itself.
    private mutating func collect(below prefix: String, on way: Set<String>) throws(EvaluationError) {
        let place = prefix.isEmpty ? folder : "\(folder)/\(prefix.dropLast())"
        for name in try Self.names(in: place) {
            if !ImageFileName.isHidden(name) && FileListing.isFolder("\(place)/\(name)") {
                guard let way = FileListing.entering("\(place)/\(name)", on: way) else {
                    passedOver.add("\(place)/\(name)", .loop)
                    continue
                }
                try collect(below: "\(prefix)\(name)/", on: way)
            } else if !ImageFileName.isHidden(name) && FileListing.isDangling("\(place)/\(name)") {
                throw EvaluationError(
                    .unreadable, "\(place)/\(name): is a link to nowhere; bring back what it names, or remove it")
            } else if !ImageFileName.isHidden(name) && isWanted(name) {
                files.append(prefix + name)
            } else {
                passedOver.add(noImage: name, in: place)
            }
        }
    }

    /// Names in a folder, sorted by bytes.
    ///
    /// - Throws: `unreadable`
    static func names(in folder: String) throws(EvaluationError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted {
                $0.utf8.lexicographicallyPrecedes($1.utf8)
            }
        } catch {
            throw EvaluationError(.unreadable, "\(folder): cannot be listed; check its permissions", cause: error)
        }
    }
}
