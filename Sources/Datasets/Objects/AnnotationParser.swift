internal import Basics
internal import ImageIO

/// Takes in a JSON of annotations as it is scanned.
protocol AnnotationParser {
    mutating func document(_ scanner: inout JSONScanner) throws(JSONError)
    /// Why a file is refused, from what was met before the fault.
    func refusal(of path: String, _ error: JSONError) -> DatasetError
}

extension AnnotationParser {
    /// Reads a file whole.
    ///
    /// - Parameters:
    ///   - name: what is looked for, and `content` what it is read as, in messages.
    /// - Returns: a hash of the file.
    /// - Throws: `missingFolder` where there is no such file; `unreadable` for one that cannot be read; a refusal of
    ///   its own for what it holds.
    mutating func read(_ path: String, named name: String, as content: String) throws(DatasetError) -> String {
        guard FileListing.exists(path) else {
            throw DatasetError(.missingFolder, "\(path): no such \(name); check the path, or unpack the annotations")
        }
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as \(content); restore it", cause: error)
        }
        let failure = bytes.withUnsafeBufferPointer { buffer -> JSONError? in
            var scanner = JSONScanner(buffer)
            do throws(JSONError) { try document(&scanner) } catch { return error }
            return nil
        }
        if let failure { throw refusal(of: path, failure) }
        return XXHash64.digits(of: bytes)
    }
}
