/// The folders that a walk through a tree has been in: links may lead it back, or to the same files again and again.
///
///     let walk = FolderWalk()
///     guard let way = walk.entering(root) else { … }
///     guard let inner = walk.entering("\(root)/a", from: way) else { … }   // nil: a link that leads back
public final class FolderWalk {
    /// How often one folder may be entered: links to a folder beside may be meant, a net of them is a mistake.
    private static let mostEntries = 8

    private var entries: [String: Int] = [:]

    public init() {}

    /// The folders on the way to one, and itself, with all links resolved.
    public struct Way: Sendable {
        fileprivate let folders: [String]
    }

    /// Every folder entered, with all links resolved, sorted.
    public var folders: [String] { entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// Enters a folder.
    ///
    /// - Parameter way: of the folder that it was found in; nil at the root.
    /// - Returns: nil where the walk is in it already, or in a folder below it (`leadsBack`), or has been in it too
    ///   often.
    public func entering(_ folder: String, from way: Way? = nil) -> Way? {
        let own = Self.resolved(folder)
        guard entries[own, default: 0] < Self.mostEntries, !(way.map { leadsBack(folder, from: $0) } ?? false) else {
            return nil
        }
        entries[own, default: 0] += 1
        return Way(folders: (way?.folders ?? []) + [own])
    }

    /// Whether a folder is one of those on a way, or above them: a link leads back.
    public func leadsBack(_ folder: String, from way: Way) -> Bool {
        let own = Self.resolved(folder)
        let start = own == "/" ? own : own + "/"
        return way.folders.contains { $0 == own || $0.hasPrefix(start) }
    }

    private static func resolved(_ folder: String) -> String { FilePath.resolved(folder) ?? folder }
}
