internal import Basics
public import Configuration
internal import FoundationEssentials
internal import Glibc

/// Finds label spaces: by the path of their file, or by the name of a file in the folder `configs/labels`.
public struct LabelSpaceLibrary: Sendable {
    /// Environment variable that names a folder of label spaces.
    public static let folderVariable = "CAUSEWAY_LABELS"
    /// The folder in the repository.
    public static let folderInRepository = "configs/labels"
    /// Ending of their files.
    public static let ending = ".yaml"
    /// As the program finds it.
    public static let standard = LabelSpaceLibrary()

    /// Where names are looked up, the first that has one.
    public let folders: [String]

    /// - Parameters:
    ///   - variable: looks up an environment variable.
    ///   - executable: path of the program, whose repository is looked for above it.
    public init(
        variable: (String) -> String? = Environment.variable, executable: String? = Self.executable
    ) {
        var folders: [String] = []
        if let folder = variable(Self.folderVariable), !folder.isEmpty { folders.append(folder) }
        if let executable { folders += Self.foldersAbove(executable) }
        folders.append(Self.folderInRepository)
        self.folders = folders
    }

    public init(folders: [String]) { self.folders = folders }

    /// The program's own file.
    public static var executable: String? { FilePath.resolved("/proc/self/exe") }

    /// The program is built below `.build` of its repository.
    private static func foldersAbove(_ executable: String) -> [String] {
        var parts = executable.split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = "/" + parts.joined(separator: "/") + "/" + folderInRepository
            if FileListing.isFolder(folder) { return [folder] }
            parts = parts.dropLast()
        }
        return []
    }

    /// Names of the label spaces in the folders.
    public var names: [String] {
        for folder in folders where FileListing.isFolder(folder) {
            let files = (try? FileListing.names(in: folder, remedy: "")) ?? []
            return files.filter { $0.hasSuffix(Self.ending) }.map { String($0.dropLast(Self.ending.count)) }
        }
        return []
    }

    /// The label space that a name or path names.
    ///
    /// - Parameters:
    ///   - reference: a name such as `cityscapes19`, or a path with a slash or ending in `.yaml`; `${NAME}` is replaced
    ///     by the environment variable NAME.
    ///   - folder: of the file that names it; paths are relative to it, or to where the program runs.
    ///   - keyPath: the key that names it, for errors.
    ///   - origin: its place.
    /// - Throws: when there is no such file, naming the places, and what `LabelSpaceReader` throws.
    public func space(
        _ reference: String, from folder: String? = nil, keyPath: String = "", origin: ConfigurationOrigin? = nil
    ) throws(ConfigurationError) -> LabelSpace {
        let text: String
        do {
            text = try Environment.expanded(reference, keyPath: keyPath)
        } catch {
            var error = error
            error.origin = origin
            throw error
        }
        let candidates = Self.isPath(text) ? Self.paths(text, folder) : folders.map { "\($0)/\(text)\(Self.ending)" }
        guard let path = candidates.first(where: FileListing.exists) else {
            let nearest = Self.isPath(text) ? nil : NearestName.find(text, among: names)
            throw ConfigurationError(
                .unreadableFile, keyPath: keyPath, origin: origin,
                "there is no label space \(candidates.joined(separator: " or ")); "
                    + (nearest.map { "did you mean '\($0)'?" }
                        ?? "give the path of a label space's file, or a name of \(Self.folderInRepository), which is "
                        + "looked for above the program, where it runs, and in \(Self.folderVariable)"))
        }
        do {
            return try read(path)
        } catch {
            // What is wrong in the file is told at its line; that it is none, where it is named.
            guard error.code == .unreadableFile, error.origin == nil else { throw error }
            throw ConfigurationError(.unreadableFile, keyPath: keyPath, origin: origin, error.message)
        }
    }

    /// Reads a file, and checks its maps against the spaces that it names.
    public func read(_ path: String) throws(ConfigurationError) -> LabelSpace {
        let space = try parse(path)
        try checkMaps(of: space)
        return space
    }

    /// A label space by name, in the folder of another one's file or in the library; nil where there is none.
    func find(_ name: String, beside space: LabelSpace) -> LabelSpace? {
        let places = (space.file.map { [FilePath.folder(of: $0)] } ?? []) + folders
        for place in places {
            let path = "\(place)/\(name)\(Self.ending)"
            if FileListing.exists(path), let found = try? parse(path) { return found }
        }
        return nil
    }

    private func parse(_ path: String) throws(ConfigurationError) -> LabelSpace {
        let text = try ConfigurationFile.read(path, from: nil)
        var space = try LabelSpaceReader(ConfigurationNode.parse(yaml: text, fileName: path)).read()
        space.file = path
        return space
    }

    private func checkMaps(of space: LabelSpace) throws(ConfigurationError) {
        for (key, maps) in [("from", space.sources), ("to", space.destinations)] {
            for map in maps {
                let keyPath = "\(key).\(map.space)"
                let origin = origin(of: keyPath, in: space)
                guard let other = find(map.space, beside: space) else {
                    guard let nearest = NearestName.find(map.space, among: names) else { continue }
                    throw ConfigurationError(
                        .wrongType, keyPath: keyPath, origin: origin,
                        "there is no label space '\(map.space)'; did you mean '\(nearest)'?")
                }
                guard case .listed(let pairs) = map.pairs else { continue }
                let names = pairs.flatMap(\.others)
                guard let wrong = names.first(where: { other.trainID(of: $0) == nil }) else { continue }
                throw ConfigurationError(
                    .wrongType, keyPath: keyPath, origin: origin,
                    LabelSpaceReader.unknownClass(wrong, of: other.name, among: other.classNames))
            }
        }
    }

    /// The place of a key in the file of a space.
    private func origin(of keyPath: String, in space: LabelSpace) -> ConfigurationOrigin? {
        guard let path = space.file, let text = try? ConfigurationFile.read(path, from: nil) else { return nil }
        return (try? ConfigurationNode.parse(yaml: text, fileName: path))?.origin(of: keyPath)
    }

    private static func isPath(_ reference: String) -> Bool {
        reference.contains("/") || reference.hasSuffix(ending) || reference.hasSuffix(".yml")
    }

    private static func paths(_ path: String, _ folder: String?) -> [String] {
        guard !path.hasPrefix("/"), let folder else { return [path] }
        return ["\(folder)/\(path)", path]
    }
}
