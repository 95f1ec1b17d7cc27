package import Basics
internal import ImageIO

/// Files that lie where images are looked for and are not read, by the reason: nothing is left out unsaid.
public struct PassedOverFiles: Sendable, Equatable {
    public enum Reason: CaseIterable, Sendable {
        /// An image, but not named as those of the data set.
        case otherName
        /// An image that the list of the data set or split does not name.
        case unlisted
        case otherEnding
        /// Begins with a dot.
        case hidden
        /// A link to a folder that it lies in.
        case loop
        /// A folder that links lead to again and again.
        case tangle
    }

    /// Files of one reason.
    private struct Group: Sendable, Equatable {
        var count = 0
        let example: String
    }

    private var groups: [Reason: Group] = [:]

    public init() {}

    public var count: Int { groups.values.reduce(0) { $0 + $1.count } }

    public mutating func add(_ path: String, _ reason: Reason) {
        groups[reason, default: Group(example: path)].count += 1
    }

    /// Adds a folder that a walk did not enter.
    package mutating func add(notEntered folder: String, from way: FolderWalk.Way, of walk: FolderWalk) {
        add(folder, walk.leadsBack(folder, from: way) ? .loop : .tangle)
    }

    /// Adds those of another data set.
    mutating func add(_ other: PassedOverFiles) {
        for (reason, group) in other.groups {
            groups[reason, default: Group(example: group.example)].count += group.count
        }
    }

    /// Adds a file that is no image.
    package mutating func add(noImage name: String, in folder: String) {
        add("\(folder)/\(name)", ImageFileName.isHidden(name) ? .hidden : .otherEnding)
    }

    /// One sentence with the number and an example of each reason; nil where no file was passed over.
    ///
    /// - Parameter place: data set or folder, which begins the sentence.
    public func notice(of place: String) -> String? {
        guard count > 0 else { return nil }
        let parts = Reason.allCases.compactMap { reason in
            groups[reason].map { "\($0.count) \(reason.words), such as \($0.example)" }
        }
        return "\(place): \(count) file\(count == 1 ? " is" : "s are") passed over: " + parts.joined(separator: "; ")
    }
}

extension PassedOverFiles.Reason {
    fileprivate var words: String {
        switch self {
        case .otherName: "not named as the images of this data set"
        case .unlisted: "not in its list of images"
        case .otherEnding: "not ending in \(ImageFileName.endingsInWords)"
        case .hidden: "hidden"
        case .loop: "a link to a folder above it"
        case .tangle: "a folder that links lead to again and again"
        }
    }
}
