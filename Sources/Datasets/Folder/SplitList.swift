internal import Basics
internal import FoundationEssentials
internal import ImageIO

/// A file that names the images of a split, one a line: with or without folders and ending, or an image and its label
/// with blanks between. Empty lines and those that begin with `#` are passed over. Of paths of another machine counts
/// what lies below the root.
struct SplitList {
    private struct Entry {
        let text: String
        let line: Int
        /// Folders and name without marker and ending.
        let parts: [Substring]
    }

    let path: String
    /// Of the data set.
    private let root: String
    private let entries: [Entry]
    /// Indices of entries by the last part.
    private let byName: [Substring: [Int]]
    private let marker: String
    /// As `foreignFolder(of:below:)`.
    private let foreignFolder: String?

    /// - Parameters:
    ///   - root: of the data set.
    ///   - marker: what stands between the stem of an image's name and its ending.
    /// - Throws: `missingFolder` for a file that cannot be read, `emptySplit`, `ambiguousFiles` for a line that is
    ///   there twice.
    init(_ path: String, root: String, marker: String) throws(DatasetError) {
        self.path = path
        self.root = root
        self.marker = marker
        let data: [UInt8]
        do {
            data = try RegularFile.bytes(of: path)
        } catch {
            let reason = error.isMissing ? "no such list of images" : "\(error), so it lists no images"
            throw DatasetError(.missingFolder, "\(path): \(reason); check the data set's key list")
        }
        var entries: [Entry] = []
        var seen: [String: Int] = [:]
        // Some editors begin files with a mark of the byte order.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let lines = String(decoding: data.starts(with: mark) ? data.dropFirst(mark.count) : data[...], as: UTF8.self)
            .split(
                omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let text = String(line.trimmed)
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            if let first = seen.updateValue(index + 1, forKey: text) {
                throw DatasetError(
                    .ambiguousFiles,
                    "\(path):\(index + 1): lists \(text) as line \(first) does; remove one of the lines")
            }
            entries.append(Entry(text: text, line: index + 1, parts: Self.parts(text, marker)))
        }
        guard !entries.isEmpty else {
            throw DatasetError(.emptySplit, "\(path): names no images; check the data set's key list")
        }
        self.entries = entries
        foreignFolder = Self.foreignFolder(of: entries, below: root)
        byName = Dictionary(grouping: entries.indices) { entries[$0].parts.last ?? "" }
    }

    private static func parts(_ text: String, _ marker: String) -> [Substring] {
        let text = withSlashes(text)
        var stem = Self.stem(of: text) ?? text
        if !marker.isEmpty, stem.hasSuffix(marker) { stem = String(stem.dropLast(marker.count)) }
        return stem.split(separator: "/").filter { $0 != "." && $0 != ".." }
    }

    /// A path of Windows as others write it.
    private static func withSlashes(_ path: String) -> String {
        path.contains("\\") && (!path.contains("/") || hasDrive(path)) ? path.replacing("\\", with: "/") : path
    }

    /// Whether a path begins as in `D:/data`.
    private static func hasDrive(_ path: String) -> Bool {
        let start = path.prefix(2)
        return start.count == 2 && start.last == ":" && start.first?.isLetter == true
    }

    /// A path without the ending of its image; nil for other files. Folders may begin with a dot, as in `./a.png`.
    private static func stem(of path: String) -> String? {
        let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        return ImageFileName.imageStem(of: String(path[start...])).map { path[..<start] + $0 }
    }

    /// The line that names an image; nil where none does.
    ///
    private func entry(of image: String) -> Int? {
        let below = image.hasPrefix(root + "/") ? String(image.dropFirst(root.count + 1)) : image
        let parts = Self.parts(below, marker)
        return byName[parts.last ?? ""]?.first { index in
            let count = min(parts.count, entries[index].parts.count)
            return parts.suffix(count).elementsEqual(entries[index].parts.suffix(count))
        }
    }

    /// Names of images without folders, marker and ending, and their lines, for lists in which blanks stand between
    /// names.
    var names: [(name: String, line: Int)] {
        entries.flatMap { entry in
            entry.text.split(whereSeparator: \.isWhitespace).map { word in
                (Self.parts(String(word), marker).last.map(String.init) ?? "", entry.line)
            }
        }
    }

    /// Whether an image is listed.
    func names(_ image: String) -> Bool { entry(of: image) != nil }

    /// Lines that name no image, or two.
    ///
    /// - Parameters:
    ///   - images: those that were found.
    ///   - folder: where images were looked for.
    func problems(of images: [String], in folder: String) -> [DatasetError] {
        var found: [Int: String] = [:]
        var problems: [DatasetError] = []
        for image in images {
            guard let index = entry(of: image) else { continue }
            guard let other = found.updateValue(image, forKey: index) else { continue }
            problems.append(
                DatasetError(
                    .ambiguousFiles,
                    "\(path):\(entries[index].line): '\(entries[index].text)' may mean \(other) or \(image); write "
                        + "more of the path"))
        }
        for (index, entry) in entries.enumerated() where found[index] == nil {
            problems.append(
                DatasetError(
                    .missingImage,
                    "\(path):\(entry.line): names '\(entry.text)', and there is no such image in \(folder); add it, or "
                        + "remove the line"))
        }
        return problems
    }
}

// MARK: - Lists of pairs

extension SplitList {
    /// Whether lines are an image and its label.
    var namesPairs: Bool { Self.pair(entries[0].text) != nil }

    private static func pair(_ text: String) -> (image: String, label: String)? {
        let fields = text.split(whereSeparator: { $0.isWhitespace || $0 == "," })
        guard fields.count == 2, stem(of: String(fields[0])) != nil, stem(of: String(fields[1])) != nil else {
            return nil
        }
        return (withoutDots(withSlashes(String(fields[0]))[...]), withoutDots(withSlashes(String(fields[1]))[...]))
    }

    /// `./a/b.png` as `a/b.png`.
    private static func withoutDots(_ path: Substring) -> String {
        var path = path
        while path.hasPrefix("./") { path = path.dropFirst(2).drop { $0 == "/" } }
        return String(path)
    }

    /// Images and labels as the lines name them.
    ///
    /// - Throws: `unsupportedFile` for a line that is no pair.
    var listedPairs: [(image: String, label: String)] {
        get throws(DatasetError) { try entries.map { entry throws(DatasetError) in try pair(entry) } }
    }

    private func pair(_ entry: Entry) throws(DatasetError) -> (image: String, label: String) {
        guard let pair = Self.pair(entry.text) else {
            throw DatasetError(
                .unsupportedFile,
                "\(path):\(entry.line): is no image with its label as the first line is; write both on every line")
        }
        return pair
    }

    /// The images and labels that the lines name.
    func pairs(
        below root: String, readsLabels: Bool, findings: inout ListingFindings
    ) throws(DatasetError) -> [SegmentationSample] {
        var samples: [SegmentationSample] = []
        var lines: [String: Int] = [:]
        for entry in entries {
            do throws(DatasetError) {
                let pair = try pair(entry)
                let image = try existing(pair.image, entry, root, .missingImage)
                if let first = lines.updateValue(entry.line, forKey: image) {
                    throw DatasetError(
                        .ambiguousFiles,
                        "\(path):\(entry.line): gives \(image) a label as line \(first) does; remove one of the lines")
                }
                let label = readsLabels ? try existing(pair.label, entry, root, .missingLabel) : nil
                guard label != image else {
                    throw DatasetError(
                        .ambiguousFiles,
                        "\(path):\(entry.line): of image and label only \(image) is there; keep them in folders of "
                            + "different names, and correct the line")
                }
                let name = pair.image.split(separator: "/").last.map(String.init) ?? pair.image
                samples.append(
                    SegmentationSample(
                        name: ImageFileName.imageStem(of: name) ?? name, imagePath: image, labelPath: label))
            } catch {
                try findings.add(error)
            }
        }
        return samples
    }

    private func existing(
        _ file: String, _ entry: Entry, _ root: String, _ code: DatasetError.Code
    ) throws(DatasetError) -> String {
        let written = file.hasPrefix("/") || Self.hasDrive(file) ? file : "\(root)/\(file)"
        if FileListing.exists(written) { return written }
        let below = elsewhere(file)
        if let below, FileListing.exists(below) { return below }
        let others = below.map { ", and neither is \($0)" } ?? ""
        throw DatasetError(
            code, "\(path):\(entry.line): names \(written), which is not there\(others); add it, or remove the line")
    }

    /// Where a file lies that is not where a line says: below the root, without the folders that stood around the data
    /// set where the list was written, or without the name of the root itself; nil where that makes no difference.
    private func elsewhere(_ file: String) -> String? {
        if let foreignFolder, file.hasPrefix(foreignFolder) {
            return "\(root)/\(file.dropFirst(foreignFolder.count))"
        }
        let name = root.split(separator: "/").last ?? ""
        return !name.isEmpty && file.hasPrefix(name + "/") ? "\(root)/\(file.dropFirst(name.count + 1))" : nil
    }

    /// The folders before the first listed image that lies below the root without them, as `/SegNet/CamVid/` in the
    /// lists of SegNet's tutorial, or the slash in `/JPEGImages/x.jpg`: as few as possible, and of the image's own
    /// folders one at least stays. nil where there is none.
    private static func foreignFolder(of entries: [Entry], below root: String) -> String? {
        for entry in entries {
            guard let image = pair(entry.text)?.image, image.hasPrefix("/") || hasDrive(image) else { continue }
            // The data set lies where its list says.
            if FileListing.exists(image) { return nil }
            let parts = image.split(separator: "/")
            for start in parts.indices.dropLast()
            where FileListing.exists("\(root)/" + parts[start...].joined(separator: "/")) {
                return (image.hasPrefix("/") ? "/" : "") + parts[..<start].map { $0 + "/" }.joined()
            }
        }
        return nil
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
