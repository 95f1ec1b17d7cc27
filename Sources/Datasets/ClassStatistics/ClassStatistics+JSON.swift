/// The JSON shapes of the statistics files.
extension ClassStatistics {
    /// `{"<trainId>": count, ..., "file": path}`.
    struct ListEntry: Encodable {
        private let image: Image

        init(_ image: Image) { self.image = image }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: NameKey.self)
            try values.encode(image.file, forKey: NameKey("file"))
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
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}
