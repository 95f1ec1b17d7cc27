internal import Basics
internal import ImageIO

/// A JSON file about objects, whose errors name file, list and entry.
struct ObjectFile {
    let path: String
    let value: JSONValue

    /// - Throws: `unreadable`, `malformed`.
    init(_ path: String) throws(EvaluationError) {
        self.path = path
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path)
        } catch {
            throw EvaluationError(
                .unreadable, "\(path): cannot be read as a JSON file; check the path and its permissions", cause: error)
        }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            throw EvaluationError(
                .malformed, "\(path): is a PNG; give the JSON file, which lies beside the folder of PNG files")
        }
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in
                var scanner = JSONScanner(buffer)
                let value = try scanner.value()
                try scanner.end()
                return value
            }
        }
        do {
            value = try result.get()
        } catch {
            throw EvaluationError(.malformed, "\(path): is no JSON: \(error); write it again")
        }
    }

    /// One element of a list in the file.
    struct Entry {
        /// Where it is: `gt.json, annotations[3]`.
        let place: String
        let value: JSONValue
    }

    /// The elements of a list of the file.
    func list(_ key: String, isNeeded: Bool) throws(EvaluationError) -> [Entry] {
        guard value.members != nil else {
            throw EvaluationError(.malformed, "\(path): is no JSON object with a list `\(key)`; check the file")
        }
        guard isNeeded || value[key] != nil else { return [] }
        return try Entry(place: path, value: value).list(key)
    }

    /// - Throws: `duplicateName`
    func requireUnique(_ names: [String], _ what: String) throws(EvaluationError) {
        var seen = Set<String>()
        guard let twice = names.first(where: { !seen.insert($0).inserted }) else { return }
        throw EvaluationError(.duplicateName, "\(path): the \(what) \(twice) stands twice; keep one of the two")
    }
}

extension ObjectFile.Entry {
    func error(_ reason: String) -> EvaluationError { EvaluationError(.malformed, "\(place): \(reason)") }

    private func wrong(_ key: String, _ expected: String) -> EvaluationError {
        guard let found = value[key] else { return error("has no `\(key)`; it needs \(expected)") }
        let text = found.text
        return error("its `\(key)` is \(text.count > 40 ? "\(text.prefix(40))…" : text); it needs \(expected)")
    }

    func int(_ key: String) throws(EvaluationError) -> Int {
        guard let number = value[key]?.int else { throw wrong(key, "a whole number") }
        return number
    }

    func text(_ key: String) throws(EvaluationError) -> String {
        guard let text = value[key]?.string else { throw wrong(key, "text") }
        return text
    }

    /// A number or a text, as text.
    func identifier(_ key: String) throws(EvaluationError) -> String {
        guard let text = value[key]?.string ?? value[key]?.int.map({ "\($0)" }) else {
            throw wrong(key, "a whole number or a text")
        }
        return text
    }

    /// 0, 1, true or false.
    ///
    /// - Parameter fallback: where the entry does not say; nil where it must.
    func flag(_ key: String, default fallback: Bool?) throws(EvaluationError) -> Bool {
        switch value[key] {
        case .bool(let flag): return flag
        case .integer(0): return false
        case .integer(1): return true
        case nil: if let fallback { return fallback } else { throw wrong(key, "0 or 1") }
        default: throw wrong(key, "0 or 1")
        }
    }

    func list(_ key: String) throws(EvaluationError) -> [ObjectFile.Entry] {
        guard let elements = value[key]?.elements else { throw wrong(key, "a list") }
        return elements.enumerated().map { ObjectFile.Entry(place: "\(place), \(key)[\($0)]", value: $1) }
    }

    /// A finite number.
    func number(_ key: String) throws(EvaluationError) -> Double {
        guard let number = value[key]?.double, number.isFinite else { throw wrong(key, "a number") }
        return number
    }
}
