internal import Basics

/// The bytes of a YAML file as text, within limits in which reading it takes no time worth mentioning.
///
/// A few hundred bytes of YAML can stand for gigabytes, by aliases of aliases: those are counted before anything is
/// expanded.
struct YAMLSource {
    /// Larger files are refused before they are read.
    static let largestFileBytes = 1 << 20
    /// With aliases, of which each may stand for the whole rest of the file.
    static let (largestFileBytesWithAliases, mostAliases) = (1 << 16, 16)

    let text: String

    /// - Parameter origin: makes the place of a line.
    init(_ text: String, origin: (Int) -> ConfigurationOrigin) throws(ConfigurationError) {
        try Self.check(Array(text.utf8), origin)
        self.text = text
    }

    /// Text in UTF-8, with or without a mark of its beginning, or in UTF-16 with one.
    ///
    /// - Parameter path: of the file, for errors.
    static func text(of bytes: [UInt8], path: String) throws(ConfigurationError) -> String {
        func refused(_ line: Int, _ what: String) -> ConfigurationError {
            ConfigurationError(
                .unreadableFile, origin: .file(path, line: line), "\(what); save the file as UTF-8 text")
        }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw refused(1, "the file is UTF-32 text")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            let (low, high) = bytes[0] == 0xFF ? (0, 1) : (1, 0)
            let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
                UInt16(bytes[place + high]) << 8 | UInt16(bytes[place + low])
            }
            guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
                throw refused(1, "the file begins as UTF-16 text and is none")
            }
            return text
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        if let text = String(validating: content, as: UTF8.self) { return text }
        throw refused(invalidLine(of: content), "this line is not UTF-8 text")
    }

    /// The line of the first byte that is no text.
    private static func invalidLine(of bytes: ArraySlice<UInt8>) -> Int {
        var (decoder, iterator, line) = (UTF8(), bytes.makeIterator(), 1)
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { if scalar == "\n" { line += 1 } }
        return line
    }

    private static let newline = UInt8(ascii: "\n")

    private static func check(
        _ bytes: [UInt8], _ origin: (Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) {
        guard bytes.count <= largestFileBytes else {
            throw ConfigurationError(
                .malformedYAML, origin: origin(1),
                "has more than \(largestFileBytes) bytes; a setting has a few thousand")
        }
        if let place = bytes.firstIndex(where: { $0 < 0x20 && $0 != 9 && $0 != 10 && $0 != 13 || $0 == 0x7F }) {
            let line = line(of: place, in: bytes)
            throw ConfigurationError(
                .malformedYAML, origin: origin(line),
                bytes[place] == 0
                    ? "not valid YAML: holds a byte of 0, as programs and pictures do; give a text file"
                    : "not valid YAML: holds a control character (\(bytes[place])); remove it")
        }
        try checkAliases(bytes, origin)
    }

    /// Uses of names that are anchors, by the shape of both: `&name` and `*name` where a word may begin.
    private static func checkAliases(
        _ bytes: [UInt8], _ origin: (Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) {
        let anchors = Set(names(after: UInt8(ascii: "&"), in: bytes).map(\.name))
        guard !anchors.isEmpty else { return }
        let uses = names(after: UInt8(ascii: "*"), in: bytes).filter { anchors.contains($0.name) }
        guard let last = uses.last else { return }
        guard uses.count <= mostAliases, bytes.count <= largestFileBytesWithAliases else {
            let place = uses.count > mostAliases ? uses[mostAliases].place : last.place
            throw ConfigurationError(
                .malformedYAML, origin: origin(line(of: place, in: bytes)),
                uses.count > mostAliases
                    ? "more than \(mostAliases) aliases (*name) are used; write values out, or put what is shared into a file "
                        + "that others extend"
                    : "aliases (*name) are read in files of at most \(largestFileBytesWithAliases) bytes; write values out"
            )
        }
    }

    private static func names(
        after mark: UInt8, in bytes: [UInt8]
    ) -> [(name: ArraySlice<UInt8>, place: Int)] {
        var names: [(name: ArraySlice<UInt8>, place: Int)] = []
        for place in bytes.indices where bytes[place] == mark {
            guard place == 0 || !isOfName(bytes[place - 1]) else { continue }
            let name = bytes[(place + 1)...].prefix(while: isOfName)
            if !name.isEmpty { names.append((name, place)) }
        }
        return names
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func line(of place: Int, in bytes: [UInt8]) -> Int { 1 + bytes[..<place].count { $0 == newline } }
}
