internal import Basics
internal import Datasets
internal import ImageIO

/// Files in a folder and the folders in it, in an order that is the same on every machine.
struct FileTree {
    /// Paths relative to the folder, sorted by bytes within each folder.
    private(set) var files: [String] = []
    private(set) var passedOver = PassedOverFiles()
    private let folder: String
    private let walk = FolderWalk()
    private let isWanted: (String) -> Bool

    /// All folders that were listed, with links resolved.
    var folders: [String] { walk.folders }

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
        guard let way = walk.entering(folder) else { return }
        try collect(below: "", on: way)
    }

    /// - Parameters:
    ///   - prefix: a path below the folder, empty or with a slash behind.
    ///   - way: the folders on the way to it, and itself.
    private mutating func collect(below prefix: String, on way: FolderWalk.Way) throws(EvaluationError) {
        let place = prefix.isEmpty ? folder : "\(folder)/\(prefix.dropLast())"
        for name in try Self.names(in: place) {
            if !ImageFileName.isHidden(name) && FileListing.isFolder("\(place)/\(name)") {
                guard let way = walk.entering("\(place)/\(name)", from: way) else {
                    passedOver.add(notEntered: "\(place)/\(name)", from: way, of: walk)
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
            return try FileListing.names(in: folder)
        } catch {
            throw EvaluationError(.unreadable, error.message)
        }
    }
}
