internal import Datasets
internal import ImageIO

/// Predicted instances of Cityscapes' form: a text file an image, one line an instance, `mask file, label id, score`.
struct CityscapesInstanceFiles {
    struct Line {
        /// Path of the mask.
        let mask: String
        let labelID: Int
        let score: Double
        /// For errors: `a.txt, line 3`.
        let place: String
    }

    let root: String
    /// Paths below the root.
    private let files: [String]

    init(_ root: String) throws(EvaluationError) {
        self.root = root
        try ScoredPath.requireFolder(root)
        files = try FileTree(root) { $0.hasSuffix(".txt") }.files
        guard !files.isEmpty else {
            throw EvaluationError(
                .emptyFolder,
                "\(root): holds no text file; write one an image, each line with mask file, label id and score")
        }
    }

    /// The text file of an image: its name, with anything behind that does not go on in a letter or digit.
    ///
    /// - Throws: `missingPrediction`, `duplicateName`.
    func file(ofImage name: String, label: String) throws(EvaluationError) -> String {
        let found = files.filter { file in
            let own = file[(file.lastIndex(of: "/").map { file.index(after: $0) } ?? file.startIndex)...]
            guard own.hasPrefix(name) else { return false }
            let next = own.dropFirst(name.count).first
            return next.map { !$0.isLetter && !$0.isNumber } ?? false
        }
        guard let file = found.first else {
            throw EvaluationError(
                .missingPrediction,
                "\(label): no file \(name)*.txt under \(root); write one for every image, an empty one where nothing "
                    + "was found")
        }
        guard found.count == 1 else {
            throw EvaluationError(
                .duplicateName, "\(root)/\(found[1]) and \(file): are both of the image \(name); keep one of the two")
        }
        return "\(root)/\(file)"
    }

    /// Paths of the text files by the frame of KITTI-360 that begins their names, or that their folders and names make.
    ///
    /// - Throws: `duplicateName`.
    func filesByFrame() throws(EvaluationError) -> [String: String] {
        var found: [String: String] = [:]
        for file in files {
            let own = file.split(separator: "/").last.map(String.init) ?? file
            let parts = own.dropLast(".txt".count).split(separator: "_", omittingEmptySubsequences: false).prefix(2)
            let isFrame =
                parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
            let image = "\(file.dropLast(".txt".count)).png"
            guard let name = isFrame ? parts.joined(separator: "_") : KITTI360Frames.name(of: image) else { continue }
            if let other = found.updateValue("\(root)/\(file)", forKey: name) {
                throw EvaluationError(
                    .duplicateName, "\(root)/\(file) and \(other): are both of the frame \(name); keep one of the two")
            }
        }
        return found
    }

    /// - Throws: `unreadable`, `malformed`, `invalidScore`, `duplicateName`.
    func lines(of file: String) throws(EvaluationError) -> [Line] {
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(file)
        } catch {
            throw EvaluationError(.unreadable, "\(file): cannot be read; check its permissions", cause: error)
        }
        var lines: [Line] = []
        var seen: [String: String] = [:]
        for (number, text) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        {
            let text = text.last == UInt8(ascii: "\r") ? text.dropLast() : text
            guard !text.isEmpty else { continue }
            let line = try line(String(decoding: text, as: UTF8.self), of: file, "\(file), line \(number + 1)")
            if let other = seen.updateValue(line.place, forKey: line.mask) {
                throw EvaluationError(
                    .duplicateName, "\(line.place): has the mask of \(other); give each instance a mask of its own")
            }
            lines.append(line)
        }
        return lines
    }

    private func line(_ text: String, of file: String, _ place: String) throws(EvaluationError) -> Line {
        let fields = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 3 else {
            throw EvaluationError(
                .malformed,
                "\(place): has \(fields.count) fields; it needs mask file, label id and score, with one "
                    + "blank between them")
        }
        guard let id = Double(fields[1]), id.isFinite, let labelID = Int(exactly: id.rounded(.towardZero)) else {
            throw EvaluationError(.malformed, "\(place): the label id is \(fields[1]); it needs a whole number")
        }
        guard let score = Double(fields[2]), !score.isNaN else {
            throw EvaluationError(
                .invalidScore, "\(place): the score is \(fields[2]), which has no place in an order; it needs a number")
        }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        let parts = fields[0].split(separator: "/")
        guard !fields[0].hasPrefix("/"), Self.staysInside(parts, below: folder.dropFirst(root.count)) else {
            throw EvaluationError(
                .malformed,
                "\(place): the mask \(fields[0]) is not below \(root); give a path relative to the text file")
        }
        return Line(mask: Self.joined(folder, parts), labelID: labelID, score: score, place: place)
    }

    /// - Parameter below: the folder of the text file below the root.
    private static func staysInside(_ parts: [Substring], below: Substring) -> Bool {
        var depth = below.split(separator: "/").count
        for part in parts where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return true
    }

    /// Without `.` and `..`, so that one file has one path.
    private static func joined(_ folder: String, _ parts: [Substring]) -> String {
        var path = folder
        for part in parts where part != "." {
            if part == "..", let slash = path.lastIndex(of: "/") {
                path = String(path[..<slash])
            } else {
                path += "/\(part)"
            }
        }
        return path
    }

    /// The pixels of a mask that are not black: `[H, W, 1]`, 1 or 0.
    ///
    /// Colours count by their brightness, as Pillow computes it: the darkest blues are black.
    static func mask(_ path: String) throws(EvaluationError) -> LabelMap {
        do {
            let header = try ImageCodec.header(ofFile: path)
            let isColor = header.isPalette || header.channels > 2
            guard isColor || header.channels == 2 else {
                let samples = try ImageCodec.readSamples16(path)
                return LabelMap(
                    height: samples.height, width: samples.width, channels: 1,
                    pixels: samples.pixels.map { $0 == 0 ? 0 : 1 })
            }
            let colors = try ImageCodec.readColors(path)
            let pixels = (0..<colors.height * colors.width).map { index in
                let (red, green) = (Int(colors.pixels[3 * index]), Int(colors.pixels[3 * index + 1]))
                let brightness = (19595 * red + 38470 * green + 7471 * Int(colors.pixels[3 * index + 2]) + 0x8000) >> 16
                return UInt8(brightness == 0 ? 0 : 1)
            }
            return LabelMap(height: colors.height, width: colors.width, channels: 1, pixels: pixels)
        } catch {
            throw EvaluationError(
                .unreadable, "\(path): cannot be read as the mask of an instance; write it as PNG", cause: error)
        }
    }
}
