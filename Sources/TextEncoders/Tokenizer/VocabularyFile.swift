internal import Basics
internal import CZlib

/// Reads the files of a tokenizer whole.
enum VocabularyFile {
    /// More than ten times what published vocabularies take, unpacked.
    static let largestByteCount = 1 << 26

    /// The bytes of a file.
    static func bytes(_ path: String) throws(VocabularyError) -> [UInt8] {
        do {
            return try RegularFile.bytes(of: path, atMost: largestByteCount)
        } catch {
            guard !error.isTooLarge else { throw tooLarge(path) }
            throw VocabularyError(.io, file: path, "cannot be opened (\(error)); check the path, and name a file")
        }
    }

    /// The UTF-8 text of a file, unpacked where it is gzip.
    static func text(_ path: String) throws(VocabularyError) -> String {
        var content = try bytes(path)
        if content.starts(with: [0x1F, 0x8B]) { content = try unpacked(content, path) }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw VocabularyError(.malformed, file: path, "is not UTF-8 text; copy it again")
        }
        return text
    }

    /// Lines without their ends; a last one that is empty does not count.
    static func lines(_ text: String) -> [Substring] {
        // By bytes: a carriage return and a line feed are one Character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func unpacked(_ packed: [UInt8], _ path: String) throws(VocabularyError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var stream = z_stream()
        guard czlib_inflate_init_gzip(&stream) == Z_OK else {
            throw VocabularyError(.malformed, file: path, "cannot be unpacked: zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var packed = packed
        var status = Z_OK
        packed.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while status == Z_OK, result.count <= largestByteCount {
                chunk.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                }
                result += chunk[..<(chunk.count - Int(stream.avail_out))]
            }
        }
        guard result.count <= largestByteCount else { throw tooLarge(path) }
        guard status == Z_STREAM_END else {
            throw VocabularyError(.malformed, file: path, "is not a whole gzip file; copy it again")
        }
        return result
    }

    private static func tooLarge(_ path: String) -> VocabularyError {
        VocabularyError(.malformed, file: path, "holds more than \(largestByteCount) bytes: it is not a vocabulary")
    }
}
