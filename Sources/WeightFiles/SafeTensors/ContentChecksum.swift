internal import Basics

/// The checksum that a file of weights carries among its metadata: XXH64 over a list of all other metadata and all
/// tensors with type, shape and the XXH64 of their bytes.
///
/// It depends on what the file says, not on how its header is laid out or in which order tensors lie, so a program
/// that writes the same tensors and metadata again keeps it true.
struct ContentChecksum {
    static let key = "content_xxh64"
    /// Stands in the header until all tensors are written.
    static let blank = String(repeating: "0", count: 16)

    private var lines: [String] = []

    init(metadata: [String: String]) {
        for (name, text) in metadata where name != Self.key { append(["metadata", name, text]) }
    }

    mutating func add(_ name: String, _ type: SafeTensorsType, _ shape: [Int], hash: UInt64) {
        append(["tensor", name, type.rawValue, "\(shape)", XXHash64.digits(hash)])
    }

    /// Every part with its length, so that no two lists give the same text.
    private mutating func append(_ parts: [String]) {
        lines.append(parts.map { "\($0.utf8.count):\($0)" }.joined(separator: " "))
    }

    var digits: String { XXHash64.digits(of: lines.sorted().joined(separator: "\n").utf8) }

    /// Where the digits lie in a header that was written with `blank`.
    static func place(in header: [UInt8]) -> Int {
        let mark = Array("\"\(key)\":\"".utf8)
        guard let start = header.indices.first(where: { header[$0...].starts(with: mark) }) else {
            preconditionFailure("ContentChecksum: the header has no place for a checksum")
        }
        return start + mark.count
    }
}

extension SafeTensorsFile {
    /// Bytes hashed at once, a multiple of the hash's stripe.
    private static let hashedBytes = 1 << 20

    /// A hash of all tensors with names, types and shapes, whatever else the file says.
    package func tensorDigest() throws(WeightsError) -> String { try checksum(with: [:]).digits }

    private func checksum(with metadata: [String: String]) throws(WeightsError) -> ContentChecksum {
        var checksum = ContentChecksum(metadata: metadata)
        for stored in storedEntries {
            checksum.add(stored.name, stored.tensor.type, stored.tensor.shape, hash: try hash(of: stored))
        }
        return checksum
    }

    /// Compares the file with the checksum among its metadata; files of other programs have none.
    ///
    /// - Throws: when something has changed since the file was written.
    func verifyContent() throws(WeightsError) {
        guard let stated = statedChecksum else { return }
        guard try checksum(with: metadata).digits == stated else {
            throw WeightsError(
                .malformed, file: path,
                "has changed since it was written: its content does not give the checksum '\(ContentChecksum.key)' in "
                    + "its header; copy or write it again, or remove that key if a program changed the file on purpose")
        }
    }

    private func hash(of entry: SafeTensorsEntry) throws(WeightsError) -> UInt64 {
        var hash = XXHash64()
        var start = 0
        while true {
            let end = min(start + Self.hashedBytes, entry.byteRange.count)
            let block = try storedBytes(of: entry, start..<end)
            let whole = end < entry.byteRange.count ? block.count : block.count / 32 * 32
            block.withUnsafeBytes { hash.update(stripes: UnsafeRawBufferPointer(rebasing: $0[..<whole])) }
            guard end < entry.byteRange.count else {
                return block.withUnsafeBytes { hash.finished(tail: UnsafeRawBufferPointer(rebasing: $0[whole...])) }
            }
            start = end
        }
    }
}
