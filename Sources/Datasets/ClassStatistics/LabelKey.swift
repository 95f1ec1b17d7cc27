internal import Basics
internal import Glibc

/// What a label file was when its pixels were counted. A count is good for as long as the key of its file stays.
struct LabelKey: Codable, Equatable {
    /// Path below the root of the data set.
    let file: String
    let bytes: Int
    /// Time of the last change, in nanoseconds since 1970.
    let modified: Int
    /// What the file's numbers meant.
    let encoding: String

    /// Reads size and time of a file.
    ///
    /// - Returns: nil when the file cannot be looked at.
    init?(path: String, file: String, encoding: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.file = file
        self.encoding = encoding
        bytes = Int(status.st_size)
        modified = Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
    }
}

extension SegmentationDataset {
    /// The keys of the files that are counted, in the order of its samples.
    ///
    /// - Parameter root: the folder that paths are told below.
    func keys(of subject: CountedSubject, below root: String) -> [LabelKey?] {
        if let group = self as? GroupedDataset {
            let keys = group.base.keys(of: subject, below: root)
            return group.indices.map { keys[$0] }
        }
        return samples.map { sample in
            guard let path = subject.path(of: sample) else { return nil }
            let start = root.hasSuffix("/") ? root : root + "/"
            func below(_ path: String) -> String { path.hasPrefix(start) ? String(path.dropFirst(start.count)) : path }
            let files = self as? any FileDataset
            // One file may hold the objects of many images.
            let isTable = path == files?.instanceTable?.file.path
            let file = subject == .objects || isTable ? "\(below(path)) of \(below(sample.imagePath))" : below(path)
            let encoding =
                (isTable ? files?.instanceTable?.meaning : nil) ?? files?.panoptic?.fingerprint(of: path)
                ?? files?.labelEncoding(of: path).fingerprint ?? labelSpace.name
            return LabelKey(path: path, file: file, encoding: encoding)
        }
    }
}

/// Tells damage and change, not malice.
func fingerprint(of bytes: some Sequence<UInt8>) -> String { FNV1a(bytes).digits }
