internal import Basics
internal import ImageIO

/// The image files below a folder, by folder and by how their names end.
struct FolderTree {
    /// Files of one folder whose names end alike.
    struct Group {
        /// Folders on the way from the root.
        let folder: [String]
        /// What follows the shared part of the name, without the ending.
        let suffix: String
        let ending: String
        /// Names of the files by the shared part.
        var files: [String: String]

        func path(_ root: String, _ stem: String) -> String {
            (([root] + folder) + [files[stem] ?? ""]).joined(separator: "/")
        }
    }

    let root: String
    private(set) var groups: [Group] = []
    /// Paths of text files below the root.
    private(set) var texts: [String] = []

    /// Deeper folders, and more files, are not looked at.
    private static let largestDepth = 10
    private static let mostFiles = 200_000

    /// - Throws: what listing a folder throws.
    init(_ root: String) throws(DatasetError) {
        self.root = root
        var found: [(folder: [String], name: String, stem: String, ending: String)] = []
        let walk = FolderWalk()
        var open: [(folder: [String], way: FolderWalk.Way)] = walk.entering(root).map { [([], $0)] } ?? []
        while let (folder, way) = open.popLast() {
            let path = ([root] + folder).joined(separator: "/")
            for name in try FileListing.names(in: path, remedy: "give a folder of images")
            where !ImageFileName.isHidden(name) {
                if let (stem, ending) = ImageFileName.parts(of: name), ImageFileName.endings.contains(ending) {
                    if found.count < Self.mostFiles { found.append((folder, name, stem, ending)) }
                } else if name.hasSuffix(".txt") {
                    texts.append((folder + [name]).joined(separator: "/"))
                } else if folder.count < Self.largestDepth, FileListing.isFolder("\(path)/\(name)"),
                    let way = walk.entering("\(path)/\(name)", from: way) {
                    open.append((folder + [name], way))
                }
            }
        }
        texts.sort()
        let suffixes = Self.suffixes(found.map { ($0.stem, $0.ending) })
        var places: [String: Int] = [:]
        for file in found {
            let suffix = suffixes[Self.key(file.stem, file.ending)] ?? ""
            let place = "\(file.folder.joined(separator: "/"))|\(suffix)|\(file.ending)"
            let stem = String(file.stem.dropLast(suffix.count))
            if let index = places[place] {
                groups[index].files[stem] = file.name
            } else {
                places[place] = groups.count
                groups.append(Group(folder: file.folder, suffix: suffix, ending: file.ending, files: [stem: file.name]))
            }
        }
        groups.sort {
            ($0.folder.joined(separator: "/"), $0.suffix, $0.ending) < (
                $1.folder.joined(separator: "/"), $1.suffix, $1.ending
            )
        }
    }

    private static let separators: Set<Character> = ["_", "-", "."]

    /// The last word of a name, where it has letters.
    private static func word(_ stem: String) -> Substring? {
        guard let start = stem.lastIndex(where: separators.contains), start > stem.startIndex else { return nil }
        let word = stem[start...]
        return word.contains(where: \.isLetter) ? word : nil
    }

    private static func key(_ stem: String, _ ending: String) -> String { "\(word(stem) ?? "")|\(ending)" }

    /// What names end in beside their endings, by last word: the same few words at the end of many names are no part of
    /// what they name.
    private static func suffixes(_ names: [(stem: String, ending: String)]) -> [String: String] {
        let groups = Dictionary(grouping: names.filter { word($0.stem) != nil }) { key($0.stem, $0.ending) }
        let common = groups.filter { $0.value.count >= 2 }
        guard common.count <= 12 else { return [:] }
        return common.mapValues { names in commonEnd(names.map(\.stem)) }
    }

    private static func commonEnd(_ stems: [String]) -> String {
        var end = Substring(stems[0])
        for stem in stems {
            while !stem.hasSuffix(end) { end = end.dropFirst() }
        }
        // Whole words only, and no numbers before the first word with letters.
        while let start = end.firstIndex(where: separators.contains) {
            end = end[start...]
            let rest = end.dropFirst()
            let word = rest[..<(rest.firstIndex(where: separators.contains) ?? rest.endIndex)]
            if word.contains(where: \.isLetter) { return String(end) }
            end = rest
        }
        return ""
    }
}
