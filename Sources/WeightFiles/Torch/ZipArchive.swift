internal import CZlib

/// A zip file, open for reading: its table of contents, checked against the size of the file.
///
/// Layout: PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12 to 4.3.16, and 4.5.3 for 64-bit sizes.
struct ZipArchive: ~Copyable, Sendable {
    struct Record: Sendable {
        let name: String
        let isDeflated: Bool
        /// Of the unpacked bytes; 0 where the writer left it out.
        let checksum: UInt32
        let packedByteCount: Int
        let byteCount: Int
        /// Where its own header lies, right before its bytes.
        let headerOffset: Int
    }

    let file: ReadableFile
    let records: [String: Record]
    /// Where the table of contents begins; all records lie before it.
    private let tableOffset: Int

    private static let localSignature: [UInt8] = [0x50, 0x4B, 3, 4]
    private static let largestTable = 1 << 26
    /// Deflate makes at most 1032 bytes of one (zlib's technical details).
    private static let largestRatio = 1032

    /// - Parameter begin: the first bytes of a file.
    static func isZip(_ begin: [UInt8]) -> Bool { begin.starts(with: localSignature) }

    /// - Throws: `WeightsError` where the file is unreadable, cut, or not well-formed.
    init(_ path: String) throws(WeightsError) {
        let file = try ReadableFile(path)
        let (offset, byteCount) = try Self.table(file)
        records = try Self.records(try file.bytes(offset..<offset + byteCount), tableOffset: offset, path)
        tableOffset = offset
        self.file = file
    }

    private static func damaged(_ path: String, _ what: String) -> WeightsError {
        WeightsError(.malformed, file: path, "\(what): the file is cut or damaged; copy it again")
    }

    /// Place and size of the table of contents, told at the end of the file.
    private static func table(_ file: borrowing ReadableFile) throws(WeightsError) -> (offset: Int, byteCount: Int) {
        // The end record is 22 bytes, and a comment of at most 65535.
        let start = max(0, file.byteCount - 22 - 0xFFFF)
        let tail = try file.bytes(start..<file.byteCount)
        let places = tail.count < 22 ? [] : Array(0...tail.count - 22)
        guard let end = places.last(where: { tail[$0...].starts(with: [0x50, 0x4B, 5, 6]) }) else {
            throw damaged(file.path, "is a zip file without its table of contents")
        }
        var byteCount = tail.number(end + 12, bytes: 4)
        var offset = tail.number(end + 16, bytes: 4)
        if offset == 0xFFFF_FFFF || byteCount == 0xFFFF_FFFF || tail.number(end + 10, bytes: 2) == 0xFFFF {
            guard end >= 20, tail[(end - 20)...].starts(with: [0x50, 0x4B, 6, 7]) else {
                throw damaged(file.path, "is a large zip file without its 64-bit end")
            }
            let place = tail.number(end - 12, bytes: 8)
            guard place >= 0, place <= file.byteCount - 56 else {
                throw damaged(file.path, "has its 64-bit end outside the file")
            }
            let large = try file.bytes(place..<place + 56)
            guard large.starts(with: [0x50, 0x4B, 6, 6]) else {
                throw damaged(file.path, "is a large zip file without its 64-bit end")
            }
            (byteCount, offset) = (large.number(40, bytes: 8), large.number(48, bytes: 8))
        }
        guard offset >= 0, byteCount >= 0, byteCount <= largestTable, offset <= file.byteCount - byteCount else {
            throw damaged(file.path, "has its table of contents outside the file")
        }
        return (offset, byteCount)
    }

    private static func records(
        _ table: [UInt8], tableOffset: Int, _ path: String
    ) throws(WeightsError) -> [String: Record] {
        var records: [String: Record] = [:]
        var place = 0
        while place < table.count {
            guard table.count - place >= 46, table[place...].starts(with: [0x50, 0x4B, 1, 2]) else {
                throw damaged(path, "has a table of contents that ends early")
            }
            let lengths = [28, 30, 32].map { table.number(place + $0, bytes: 2) }
            let end = place + 46 + lengths.reduce(0, +)
            guard end <= table.count else { throw damaged(path, "has a table of contents that ends early") }
            let record = try record(table[place..<end], nameLength: lengths[0], extraLength: lengths[1], path)
            guard record.headerOffset >= 0, record.packedByteCount >= 0, record.byteCount >= 0,
                record.headerOffset <= tableOffset, record.packedByteCount <= tableOffset - record.headerOffset,
                record.isDeflated
                    ? record.byteCount <= record.packedByteCount * largestRatio + 64
                    : record.byteCount == record.packedByteCount
            else { throw damaged(path, "has a record '\(record.name)' outside the file") }
            guard records.updateValue(record, forKey: record.name) == nil else {
                throw damaged(path, "has two records '\(record.name)'")
            }
            place = end
        }
        return records
    }

    private static func record(
        _ entry: ArraySlice<UInt8>, nameLength: Int, extraLength: Int, _ path: String
    ) throws(WeightsError) -> Record {
        let bytes = Array(entry)
        let name = String(decoding: bytes[46..<46 + nameLength], as: UTF8.self)
        let method = bytes.number(10, bytes: 2)
        guard method == 0 || method == 8, bytes.number(8, bytes: 2) & 1 == 0 else {
            throw WeightsError(
                .unknownFormat, file: path,
                "packs '\(name)' by method \(method) or enciphers it; save it again with torch.save")
        }
        // In this order, each only where its place in the entry is full.
        var numbers = [24, 20, 42].map { bytes.number($0, bytes: 4) }
        var extra = bytes[(46 + nameLength)..<(46 + nameLength + extraLength)]
        while extra.count >= 4 {
            let field = Array(extra)
            let length = field.number(2, bytes: 2)
            guard length <= field.count - 4 else { break }
            if field.number(0, bytes: 2) == 1 {
                var place = 4
                for index in numbers.indices where numbers[index] == 0xFFFF_FFFF && place + 8 <= 4 + length {
                    numbers[index] = field.number(place, bytes: 8)
                    place += 8
                }
            }
            extra = extra.dropFirst(4 + length)
        }
        return Record(
            name: name, isDeflated: method == 8, checksum: UInt32(truncatingIfNeeded: bytes.number(16, bytes: 4)),
            packedByteCount: numbers[1], byteCount: numbers[0], headerOffset: numbers[2])
    }

    /// Where a record's bytes begin.
    private func start(of record: Record) throws(WeightsError) -> Int {
        guard record.headerOffset <= tableOffset - 30 else {
            throw Self.damaged(file.path, "has a record '\(record.name)' outside the file")
        }
        let header = try file.bytes(record.headerOffset..<record.headerOffset + 30)
        let start = record.headerOffset + 30 + header.number(26, bytes: 2) + header.number(28, bytes: 2)
        guard header.starts(with: Self.localSignature), start <= tableOffset - record.packedByteCount else {
            throw Self.damaged(file.path, "has a record '\(record.name)' outside the file")
        }
        return start
    }
}

// MARK: - Bytes of a record

extension ZipArchive {
    /// Reads a part of a stored record straight from the file, or of a packed one by unpacking all before it.
    ///
    /// - Precondition: `buffer` and `offset` lie inside the record.
    func read(_ record: Record, into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(WeightsError) {
        precondition(offset + buffer.count <= record.byteCount, "ZipArchive: outside of '\(record.name)'")
        if !record.isDeflated { return try file.read(into: buffer, from: try start(of: record) + offset) }
        try unpack(record) { bytes, start in
            let part = max(offset, start)..<min(offset + buffer.count, start + bytes.count)
            guard !part.isEmpty else { return }
            let source = bytes[(part.lowerBound - start)..<(part.upperBound - start)]
            UnsafeMutableRawBufferPointer(rebasing: buffer[(part.lowerBound - offset)...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
        }
    }

    /// All bytes of a record, or a part of them.
    ///
    /// - Precondition: `part` lies inside the record.
    func bytes(_ record: Record, _ part: Range<Int>? = nil) throws(WeightsError) -> [UInt8] {
        let part = part ?? 0..<record.byteCount
        var result = [UInt8](repeating: 0, count: part.count)
        var failure: WeightsError?
        result.withUnsafeMutableBytes { buffer in
            do throws(WeightsError) { try read(record, into: buffer, from: part.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }

    /// Compares a record with its checksum, where it has one.
    func verify(_ record: Record) throws(WeightsError) {
        guard record.checksum != 0 else { return }
        var checksum: UInt = 0
        try unpack(record) { bytes, _ in
            checksum = crc32(checksum, bytes.bindMemory(to: UInt8.self).baseAddress, UInt32(bytes.count))
        }
        guard UInt32(truncatingIfNeeded: checksum) == record.checksum else {
            throw Self.damaged(file.path, "holds a record '\(record.name)' that has changed since it was written")
        }
    }

    /// Hands all bytes of a record to `body`, a piece after another with its offset.
    private func unpack(
        _ record: Record, _ body: (UnsafeRawBufferPointer, _ offset: Int) -> Void
    ) throws(WeightsError) {
        let start = try start(of: record)
        let pieceByteCount = 1 << 16
        var stream = z_stream()
        if record.isDeflated, czlib_inflate_init_raw(&stream) != Z_OK {
            throw WeightsError(.io, file: file.path, "cannot be unpacked: zlib does not start")
        }
        defer { if record.isDeflated { inflateEnd(&stream) } }
        var output = [UInt8](repeating: 0, count: pieceByteCount)
        var done = 0
        for place in stride(from: 0, to: record.packedByteCount, by: pieceByteCount) {
            var packed = try file.bytes(start + place..<start + min(place + pieceByteCount, record.packedByteCount))
            if !record.isDeflated {
                packed.withUnsafeBytes { body($0, done) }
                done += packed.count
                continue
            }
            let whole = packed.withUnsafeMutableBufferPointer { input in
                Self.inflateAll(input, &stream, &output, &done, limit: record.byteCount, body)
            }
            guard whole else {
                throw Self.damaged(file.path, "holds a record '\(record.name)' that cannot be unpacked")
            }
        }
        guard done == record.byteCount else {
            throw Self.damaged(file.path, "holds a record '\(record.name)' of another length than its table says")
        }
    }

    /// Unpacks one piece; false where it is damaged or gives more than `limit` bytes in all.
    private static func inflateAll(
        _ input: UnsafeMutableBufferPointer<UInt8>, _ stream: inout z_stream, _ output: inout [UInt8],
        _ done: inout Int, limit: Int, _ body: (UnsafeRawBufferPointer, Int) -> Void
    ) -> Bool {
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        while true {
            var status = Z_OK
            var made = 0
            output.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                status = inflate(&stream, Z_NO_FLUSH)
                made = buffer.count - Int(stream.avail_out)
            }
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, made <= limit - done else {
                return false
            }
            output.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<made]), done) }
            done += made
            if status != Z_OK || stream.avail_out > 0 { return true }
        }
    }
}

extension [UInt8] {
    /// A little-endian number; one beyond `Int` becomes negative.
    func number(_ place: Int, bytes: Int) -> Int {
        self[place..<place + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
