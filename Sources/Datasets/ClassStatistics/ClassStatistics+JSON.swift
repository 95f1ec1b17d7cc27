/// The JSON shapes of the statistics files.
extension ClassStatistics {
    /// `{"<trainId>": count, ..., "file": path}`.
    struct ListEntry: Codable {
        let image: Image

        init(_ image: Image) { self.image = image }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: NameKey.self)
            var counts: [Int: Int] = [:]
            for key in values.allKeys where key.stringValue != NameKey.file.stringValue {
                guard let trainID = Int(key.stringValue) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: values, debugDescription: "\(key.stringValue) is not a train id")
                }
                let count = try values.decode(Int.self, forKey: key)
                if count > 0 { counts[trainID] = count }
            }
            image = Image(file: try values.decode(String.self, forKey: .file), pixelCounts: counts)
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: NameKey.self)
            try values.encode(image.file, forKey: .file)
            for (trainID, count) in image.pixelCounts { try values.encode(count, forKey: NameKey("\(trainID)")) }
        }
    }

    /// `{"<trainId>": count, ...}`.
    struct CountsByName: Encodable {
        private let counts: [String: Int]

        init(_ image: Image) {
            counts = Dictionary(uniqueKeysWithValues: image.pixelCounts.map { ("\($0.key)", $0.value) })
        }

        func encode(to encoder: any Encoder) throws { try counts.encode(to: encoder) }
    }

    /// `[path, count]`.
    struct FileCount: Encodable {
        let file: String
        let count: Int

        func encode(to encoder: any Encoder) throws {
            var values = encoder.unkeyedContainer()
            try values.encode(file)
            try values.encode(count)
        }
    }

    /// Any string as a key.
    private struct NameKey: CodingKey {
        static let file = NameKey("file")

        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}
