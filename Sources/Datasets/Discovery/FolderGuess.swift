internal import Basics
internal import FoundationEssentials
internal import ImageIO

/// Images, and labels where there are some, that belong together: one split of a folder whose layout was guessed.
package struct FolderGuess: Sendable {
    /// nil where no folder is named after a split.
    package let split: DatasetSplit?
    package let layout: FolderLayout
    package let isLabelled: Bool
    /// Paths of images, and of the label of each.
    package let images: [String]
    package let labels: [String]
    /// Paths of the maps of objects, where the layout names them.
    package let instances: [String]
    /// Folders of other files that could be the labels as well.
    package let otherLabels: [String]
    /// Images of these folders without a label; they are not among `images`.
    package let unlabelledCount: Int
    /// Whether labels were left that have no image, or images lie elsewhere.
    package let isPartial: Bool
}

/// Guesses how a folder is laid out: which files are images and which are their labels, and how it is split.
package struct LayoutSearch {
    /// One folder of images with the folder of its labels.
    fileprivate struct Pair {
        let image: FolderTree.Group
        let label: FolderTree.Group?
        /// Maps of objects, where every image with a label has one.
        var instances: FolderTree.Group?
        /// What else could be the labels.
        var others: [FolderTree.Group] = []
        let stems: [String]
        let missing: Int
    }

    private let tree: FolderTree
    private let natures: [FileNature]

    /// - Throws: what listing folders throws.
    package init(_ root: String) throws(DatasetError) {
        tree = try FolderTree(root)
        let root = tree.root
        var known: [String: FileNature] = [:]
        natures = tree.groups.map { group in
            // Folders of one kind, such as those of cities, are judged by the first few.
            let kind = "\(group.folder.first ?? "")|\(group.folder.last ?? "")|\(group.suffix)|\(group.ending)"
            if let nature = known[kind] { return nature }
            let stem = group.files.keys.min() ?? ""
            let nature = Self.nature(group, root, FileNature(group.path(root, stem)) ?? .photo)
            known[kind] = nature
            return nature
        }
    }

    /// A plain picture in a folder of images is no label, and numbers of objects are none.
    private static func nature(_ group: FolderTree.Group, _ root: String, _ nature: FileNature) -> FileNature {
        let words = (group.folder + [group.suffix]).joined(separator: "/").lowercased()
        if nature == .wideIDs {
            let paths = group.files.keys.sorted().map { group.path(root, $0) }
            return WideNumbers(paths).areInstances(name: words) ? .instances : nature
        }
        let saysLabels = ["label", "mask", "annot", "gt", "seg", "ann_dir"].contains(where: words.contains)
        let saysImages = ["image", "img", "rgb", "photo", "picture"].contains(where: words.contains)
        return nature == .colors && saysImages && !saysLabels ? .photo : nature
    }

    /// One guess a split, training first; those with labels where there are any.
    package func guesses() -> [FolderGuess] {
        let pairs = pairs()
        let labelled = pairs.filter { $0.label != nil }
        let used = labelled.isEmpty ? pairs : labelled
        var guesses: [FolderGuess] = []
        for split in [DatasetSplit.train, .val, .test, nil] {
            let own = used.filter { self.split(of: $0) == split }
            if let guess = guess(split, own) { guesses.append(guess) }
        }
        // A split without labels is still images.
        for split in [DatasetSplit.train, .val]
        where !labelled.isEmpty && !guesses.contains(where: { $0.split == split }) {
            let own = pairs.filter { $0.label == nil && self.split(of: $0) == split }
            if let guess = guess(split, own) { guesses.append(guess) }
        }
        return guesses
    }

    /// Text files that name images of a split.
    package func lists(for stems: Set<String>) -> [(split: DatasetSplit, path: String)] {
        tree.texts.compactMap { path in
            guard let name = path.split(separator: "/").last, let split = Self.split(String(name)),
                let bytes = RegularFile.contents(of: "\(tree.root)/\(path)"),
                let text = String(validating: bytes, as: UTF8.self)
            else { return nil }
            let first = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            let stem = (ImageFileName.imageStem(of: first) ?? first).split(separator: "/").last.map(String.init) ?? ""
            return stems.contains { stem == $0 || stem.hasPrefix($0) } ? (split, path) : nil
        }
    }

    // MARK: Pairs

    private func pairs() -> [Pair] {
        var byStem: [String: [Int]] = [:]
        let photos = tree.groups.indices.filter { natures[$0] == .photo }
        for index in photos {
            for stem in tree.groups[index].files.keys { byStem[stem, default: []].append(index) }
        }
        var candidates: [Int: [Candidate]] = [:]
        var instances: [Int: FolderTree.Group] = [:]
        for index in tree.groups.indices where tree.groups[index].ending == ImageFileName.labelEnding {
            guard let (photo, shared) = photo(of: tree.groups[index], byStem) else { continue }
            if let rank = natures[index].rank(suffix: tree.groups[index].suffix) {
                candidates[photo, default: []].append(Candidate(group: index, rank: rank, shared: shared))
            } else if natures[index] == .instances, instances[photo] == nil {
                instances[photo] = tree.groups[index]
            }
        }
        return photos.map { pair(of: $0, candidates[$0] ?? [], instances[$0]) }
    }

    /// What could be the labels of a folder of images.
    private struct Candidate {
        let group: Int
        let rank: Int
        /// Images that it has a file for.
        let shared: Int
    }

    private func pair(of photo: Int, _ candidates: [Candidate], _ instances: FolderTree.Group?) -> Pair {
        let image = tree.groups[photo]
        guard let best = candidates.min(by: { ($0.rank, -$0.shared, $0.group) < ($1.rank, -$1.shared, $1.group) })
        else {
            return Pair(image: image, label: nil, stems: image.files.keys.sorted(), missing: 0)
        }
        let label = tree.groups[best.group]
        let stems = image.files.keys.filter { label.files[$0] != nil }.sorted()
        let hasObjects = instances.map { maps in stems.allSatisfy { maps.files[$0] != nil } } ?? false
        return Pair(
            image: image, label: label, instances: hasObjects ? instances : nil,
            others: candidates.filter { $0.group != best.group && $0.rank == best.rank }.map { tree.groups[$0.group] },
            stems: stems, missing: image.files.count - stems.count)
    }

    /// The folder of images that has most of a label folder's, of several the one with the most similar path. One that
    /// is named after another split is none, though its images may have the same names: `train` beside `val-labels`.
    private func photo(of label: FolderTree.Group, _ byStem: [String: [Int]]) -> (Int, Int)? {
        var shared: [Int: Int] = [:]
        for stem in label.files.keys {
            for photo in byStem[stem] ?? [] { shared[photo, default: 0] += 1 }
        }
        let labelSplit = Self.split(of: label.folder)
        shared = shared.filter { photo, _ in
            let own = Self.split(of: tree.groups[photo].folder)
            return own == nil || labelSplit == nil || own == labelSplit
        }
        let labelWords = Self.words(label.folder)
        /// Folders of one name at both ends of the path, words of names, files.
        func rank(_ photo: Int) -> (Int, Int, Int, Int) {
            let folder = tree.groups[photo].folder
            let common = zip(folder, label.folder).prefix { $0 == $1 }.count
            let folders = common + zip(folder.reversed(), label.folder.reversed()).prefix { $0 == $1 }.count
            return (-folders, -Self.words(folder).intersection(labelWords).count, -(shared[photo] ?? 0), photo)
        }
        guard let found = shared.keys.min(by: { rank($0) < rank($1) }), let count = shared[found],
            2 * count >= min(label.files.count, tree.groups[found].files.count)
        else { return nil }
        return (found, count)
    }

    // MARK: Splits and layouts

    private func split(of pair: Pair) -> DatasetSplit? {
        Self.split(of: pair.image.folder + (pair.label?.folder ?? []))
    }

    private static func split(of folders: [String]) -> DatasetSplit? { folders.lazy.compactMap(split).first }

    /// Of names of folders, in small letters.
    private static func words(_ folders: [String]) -> Set<String> {
        Set(folders.flatMap { $0.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) })
    }

    /// The split that a name speaks of: `train2017`, `validation`, `val.txt`.
    private static func split(_ name: String) -> DatasetSplit? {
        let words = name.lowercased().split { !$0.isLetter }
        for (split, known) in [
            (DatasetSplit.train, ["train", "training", "trainset"]), (.val, ["val", "valid", "validation", "dev"]),
            (.test, ["test", "testing"]),
        ] where words.contains(where: { known.contains(String($0)) }) { return split }
        return nil
    }

    private func guess(_ split: DatasetSplit?, _ pairs: [Pair]) -> FolderGuess? {
        // Files of one kind: those that most images have.
        let kinds = Dictionary(grouping: pairs) { "\($0.image.suffix)|\($0.image.ending)|\($0.label?.suffix ?? "")" }
        guard var own = kinds.max(by: { ($0.value.imageCount, $1.key) < ($1.value.imageCount, $0.key) })?.value else {
            return nil
        }
        var layout = FolderLayout()
        var folders = Self.folders(own)
        if folders == nil {
            let cores = Dictionary(grouping: own) { Self.core($0).map { $0.joined(separator: "/") } }
            own = cores.max { ($0.value.imageCount, "\($1.key)") < ($1.value.imageCount, "\($0.key)") }?.value ?? own
            folders = Self.folders(own)
        }
        guard let folders, let first = own.first else { return nil }
        layout.images = folders.images
        layout.imageSuffix = "\(first.image.suffix).\(first.image.ending)"
        if let label = first.label {
            layout.labels = folders.labels ?? layout.labels
            layout.labelSuffix = label.suffix.isEmpty ? "" : "\(label.suffix).\(label.ending)"
            layout.takeInstances(of: own)
        }
        let others = Set(
            own.flatMap(\.others).map { Self.path($0.folder) + ($0.suffix.isEmpty ? "" : " (*\($0.suffix))") })
        let root = tree.root
        return FolderGuess(
            split: split, layout: layout, isLabelled: first.label != nil,
            images: own.flatMap { pair in pair.stems.map { pair.image.path(root, $0) } },
            labels: own.flatMap { pair in pair.stems.compactMap { stem in pair.label?.path(root, stem) } },
            instances: layout.instances == nil
                ? [] : own.flatMap { pair in pair.stems.compactMap { stem in pair.instances?.path(root, stem) } },
            otherLabels: others.sorted(), unlabelledCount: own.reduce(0) { $0 + $1.missing },
            isPartial: own.imageCount < pairs.imageCount
                || own.contains { pair in
                    (pair.label?.files.count ?? pair.stems.count) > pair.stems.count
                })
    }

    /// The folders of a pair without those that both end in.
    private static func core(_ pair: Pair) -> [[String]] {
        let (images, labels) = (pair.image.folder, pair.label?.folder ?? pair.image.folder)
        let tail = zip(images.reversed(), labels.reversed()).prefix { $0 == $1 }.count
        return [Array(images.dropLast(tail)), Array(labels.dropLast(tail))]
    }

    /// Folders that all pairs lie in; nil where they have nothing in common.
    fileprivate static func folders(_ pairs: [Pair]) -> (images: String, labels: String?)? {
        guard let first = pairs.first else { return nil }
        let isLabelled = first.label != nil
        let cores = pairs.map(core)
        if cores.allSatisfy({ $0 == cores[0] }) {
            let tails = pairs.map { Array($0.image.folder.dropFirst(cores[0][0].count)) }
            let common = tails.reduce(tails[0]) { before, tail in
                Array(zip(before, tail).prefix { $0 == $1 }.map(\.0))
            }
            return (path(cores[0][0] + common), isLabelled ? path(cores[0][1] + common) : nil)
        }
        let images = starred(pairs.map(\.image.folder))
        let labels = starred(pairs.map { $0.label?.folder ?? [] })
        guard let images, let labels, zip(images.names, labels.names).allSatisfy({ $0 == $1 }) else { return nil }
        return (path(images.path), isLabelled ? path(labels.path) : nil)
    }

    /// Folders of one depth with `*` where they differ, and what stands there in each.
    private static func starred(_ folders: [[String]]) -> (path: [String], names: [[String]])? {
        guard let first = folders.first, folders.allSatisfy({ $0.count == first.count }) else { return nil }
        let varying = first.indices.filter { index in folders.contains { $0[index] != first[index] } }
        var path = first
        for index in varying { path[index] = "*" }
        return (path, folders.map { folder in varying.map { folder[$0] } })
    }

    private static func path(_ parts: [String]) -> String { parts.isEmpty ? "." : parts.joined(separator: "/") }
}

extension FolderLayout {
    /// Names the maps of objects, where all pairs have them in folders like those of the labels.
    fileprivate mutating func takeInstances(of pairs: [LayoutSearch.Pair]) {
        guard let first = pairs.first?.instances, pairs.allSatisfy({ $0.instances?.suffix == first.suffix }) else {
            return
        }
        let maps = pairs.map { pair in
            LayoutSearch.Pair(image: pair.image, label: pair.instances, stems: [], missing: 0)
        }
        guard let folders = LayoutSearch.folders(maps), folders.images == images, let place = folders.labels else {
            return
        }
        instances = place
        instanceSuffix = first.suffix.isEmpty ? "" : "\(first.suffix).\(first.ending)"
    }
}

extension [LayoutSearch.Pair] {
    fileprivate var imageCount: Int { reduce(0) { $0 + $1.stems.count } }
}
