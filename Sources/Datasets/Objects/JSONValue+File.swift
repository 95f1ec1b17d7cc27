internal import Basics
internal import ImageIO

extension JSONValue {
    /// All of a small JSON file.
    ///
    /// - Parameter what: it should be, for errors.
    /// - Throws: `unreadable`.
    init(file path: String, of what: String) throws(DatasetError) {
        do {
            let bytes = try FileBytes.read(path)
            self = try Self.parsed(bytes)
        } catch {
            throw DatasetError(.unreadable, "\(path): cannot be read as \(what); restore the file", cause: error)
        }
    }

    /// The value in the bytes of a JSON text.
    static func parsed(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in
                var scanner = JSONScanner(buffer)
                let value = try scanner.value()
                try scanner.end()
                return value
            }
        }.get()
    }
}
