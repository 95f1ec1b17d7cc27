internal import Basics
internal import FoundationEssentials
internal import Glibc

/// Counts of the classes of a data set, pixels or objects, kept between runs.
///
/// They are kept in the root of the data set, `class_counts_<label space>-<hash of its classes>.json`, those of objects
/// as `object_counts_…`; where that
/// cannot be written, in `$XDG_CACHE_HOME/causeway`, else `~/.cache/causeway`, under a name made of the root's absolute
/// path. Each label's counts are tied to its path below the root, its size, its time of change and the meaning of its
/// numbers; what does not fit is counted again.
public struct ClassStatisticsStore: Sendable {
    /// Where counts may be kept.
    private struct Place {
        let path: String
        /// Written into files outside of the root, to tell whose they are.
        let root: String?
    }

    /// Counts, and what there is to say about them.
    public struct Answer: Sendable {
        public let statistics: ClassStatistics
        /// The file that holds them; nil where they could not be kept.
        public let path: String?
        /// What a user should hear: files that were refused or could not be written.
        public let notices: [String]
    }

    public let root: String
    public let labelSpace: LabelSpace
    private let subject: CountedSubject
    private let places: [Place]

    /// - Parameters:
    ///   - root: the folder of the data set; for Toytown that of a domain.
    ///   - subject: what is counted.
    ///   - variable: looks up an environment variable.
    public init(
        root: String, labelSpace: LabelSpace, counting subject: CountedSubject = .pixels,
        variable: (String) -> String? = Self.environment
    ) {
        self.root = root
        self.labelSpace = labelSpace
        self.subject = subject
        let file = "\(subject.rawValue)_\(labelSpace.name)-\(labelSpace.classFingerprint).json"
        var places = [Place(path: "\(root)/\(file)", root: nil)]
        if let folder = Self.cacheFolder(variable) {
            let absolute = FileListing.absolute(root)
            let last = FilePath.name(of: absolute)
            let name = "\(last.isEmpty ? "root" : last)-\(fingerprint(of: absolute.utf8))-\(file)"
            places.append(Place(path: "\(folder)/\(name)", root: absolute))
        }
        self.places = places
    }

    public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The XDG base directory rules: an absolute `$XDG_CACHE_HOME`, else `~/.cache`.
    private static func cacheFolder(_ variable: (String) -> String?) -> String? {
        if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { return "\(cache)/causeway" }
        return variable("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/.cache/causeway" : nil }
    }

    /// The counts of all labels of a data set: kept ones where they fit, new ones of the others, which are kept then.
    ///
    /// Counts of an unreadable file are not kept: it may be restored. That counts cannot be kept is no error.
    ///
    /// - Parameters:
    ///   - skipsUnreadable: files that cannot be read count as empty.
    ///   - progress: asked, when some have to be counted, with their number, for whom to tell how many are done: from
    ///     several threads, one at a time.
    /// - Throws: what `loadLabels` throws.
    public func statistics(
        of dataset: any SegmentationDataset, skipsUnreadable: Bool = false,
        progress: (_ total: Int) -> @Sendable (_ done: Int) -> Void = { _ in { _ in } }
    ) throws(DatasetError) -> Answer {
        let keys = dataset.keys(of: subject, below: root)
        var kept = read(for: dataset)
        var counts = keys.map { key in
            key.flatMap { key in kept.entry(for: key) }
        }
        let missing = counts.indices.filter { counts[$0] == nil }
        guard !missing.isEmpty else {
            return Answer(
                statistics: statistics(of: dataset, counts, []), path: kept.path, notices: kept.notices)
        }
        kept.noteChanges(missing, keys, subject, of: dataset)
        let (counted, unreadable) = try ClassStatistics.counts(
            subject, of: missing, in: dataset, skipsUnreadable: skipsUnreadable, progress: progress(missing.count))
        for (index, count) in zip(missing, counted) { counts[index] = count }
        let statistics = statistics(of: dataset, counts, unreadable)
        let entries = zip(keys, counts).compactMap { key, counts in
            key.flatMap { key in counts.map { ClassCountFile.Entry(key: key, counts: $0) } }
        }
        let path = keep(statistics, entries, &kept)
        return Answer(statistics: statistics, path: path, notices: kept.notices)
    }

    /// The counts of a data set where all are kept and fit; nil where some would have to be counted.
    public func keptStatistics(of dataset: any SegmentationDataset) -> ClassStatistics? {
        let kept = read(for: dataset)
        let counts = dataset.keys(of: subject, below: root).map { key in key.flatMap { kept.entry(for: $0) } }
        return counts.contains { $0 == nil } ? nil : statistics(of: dataset, counts, [])
    }

    private func statistics(
        of dataset: any SegmentationDataset, _ counts: [[Int: Int]?], _ unreadable: [String]
    ) -> ClassStatistics {
        let images = zip(dataset.samples, counts).map {
            ClassStatistics.Image(file: subject.path(of: $0) ?? $0.name, pixelCounts: $1 ?? [:])
        }
        return ClassStatistics(labelSpace: dataset.labelSpace, images: images, unreadableFiles: unreadable)
    }
}

// MARK: - Files

extension ClassStatisticsStore {
    /// What the places hold.
    private struct Kept {
        /// One a place; empty where there is none.
        var files: [ClassCountFile]
        /// The first place that holds counts.
        var path: String?
        var notices: [String] = []

        /// Counts of a label that is still as it was.
        func entry(for key: LabelKey) -> [Int: Int]? {
            files.lazy.compactMap { $0.entries[key.file] }.first { $0.key == key }?.counts
        }

        /// Says which of the labels to be counted were counted before and do not fit, or came to others.
        mutating func noteChanges(
            _ missing: [Int], _ keys: [LabelKey?], _ subject: CountedSubject, of dataset: any SegmentationDataset
        ) {
            let known = missing.filter { index in
                keys[index].map { key in files.contains { $0.entries[key.file] != nil } } ?? false
            }
            guard let first = known.first ?? (missing.count < dataset.count ? missing.first : nil) else { return }
            let what = known.isEmpty ? "were not there" : "are not as they were"
            notices.append(
                "\(known.isEmpty ? missing.count : known.count) of \(dataset.count) labels of \(dataset.name) \(what) "
                    + "when \(subject.name) were counted, such as \(subject.path(of: dataset.samples[first]) ?? ""); they are counted "
                    + "again")
        }
    }

    private func read(for dataset: any SegmentationDataset) -> Kept {
        var kept = Kept(files: [])
        for place in places {
            var file = ClassCountFile()
            do throws(ClassCountFile.Refusal) {
                if let found = try ClassCountFile(place.path, labelSpace: dataset.labelSpace, root: place.root) {
                    file = found
                    kept.path = kept.path ?? place.path
                }
            } catch {
                kept.notices.append(
                    "\(place.path): \(error.reason); it is not used, and \(subject.name) are counted again")
            }
            kept.files.append(file)
        }
        return kept
    }

    /// Writes counts to the first place that takes them.
    ///
    /// - Returns: where they are.
    private func keep(
        _ statistics: ClassStatistics, _ entries: [ClassCountFile.Entry], _ kept: inout Kept
    ) -> String? {
        var failures: [String] = []
        for (index, place) in places.enumerated() {
            do {
                if index == 0, subject == .pixels { try writeList(statistics, &kept) }
                var file = kept.files[index]
                for entry in entries { file.entries[entry.key.file] = entry }
                try file.write(to: place.path, labelSpace: statistics.labelSpace, root: place.root)
                if !failures.isEmpty {
                    kept.notices.append(
                        "\(root): cannot be written; counts of \(subject.name) are kept in \(place.path)")
                }
                return place.path
            } catch {
                failures.append(place.path)
            }
        }
        kept.notices.append(
            "\(failures.joined(separator: " and ")): cannot be written, so \(subject.name) are counted in every run; make the "
                + "folder writable, or set XDG_CACHE_HOME to one that is")
        return nil
    }

    /// The files for DAFormer's tools. Those that another program wrote stay as they are: they do not say which labels
    /// they counted, and are not read.
    private func writeList(_ statistics: ClassStatistics, _ kept: inout Kept) throws(DatasetError) {
        guard statistics.unreadableFiles.isEmpty else { return }
        let folder = ClassStatistics.folder(root: root, labelSpace: labelSpace)
        let (found, own) = (ClassStatistics.listFingerprint(in: folder), try statistics.listFingerprint())
        // What is there and cannot be read is another program's, too.
        guard found != nil || !ClassStatistics.hasList(in: folder) else { return }
        guard found == nil || found == own || found == kept.files[0].listFingerprint else {
            if kept.path == nil {
                kept.notices.append(
                    "\(folder): the class counts of another program there do not say which files they are of, and are "
                        + "not used; remove them to have them written anew")
            }
            return
        }
        if found != own { try statistics.write(to: folder) }
        kept.files[0].listFingerprint = own
    }
}
