import Foundation
import Testing
import WeightFiles
import _TestSupport

@Suite struct ContentChecksumTests {
    private let folder = TemporaryFolder()

    private var items: [SafeTensorsItem] {
        [
            SafeTensorsItem("weight", shape: [3, 4], floats: (0..<12).map { Float($0) / 7 }),
            SafeTensorsItem("none", shape: [0, 2], floats: []),
            SafeTensorsItem("count", shape: [], integers: [5]),
        ]
    }

    private func write(_ metadata: [String: String] = ["epsilon": "1e-6"]) throws -> String {
        let path = folder.file("w.safetensors")
        try SafeTensorsWriter.write(path, items, metadata: metadata, checksummed: true)
        return path
    }

    /// Names, types, shapes, values and metadata: all that a file says.
    private func content(_ path: String) throws -> [String] {
        let file = try SafeTensorsFile(path)
        let tensors = try file.entries.map { "\($0.name) \($0.type) \($0.shape) \(try file.bytes($0.name))" }
        return tensors.sorted() + file.metadata.sorted { $0.key < $1.key }.map { "\($0)" }
    }

    @Test func itIsNoMetadataOfItsOwn() throws {
        #expect(try SafeTensorsFile(try write()).metadata == ["epsilon": "1e-6"])
    }

    @Test func noFlippedBitChangesWhatAFileSays() throws {
        let path = try write()
        let expected = try content(path)
        let whole = try Data(contentsOf: URL(filePath: path))
        var refused = 0
        for bit in 0..<8 * whole.count {
            var damaged = whole
            damaged[bit / 8] ^= 1 << (bit % 8)
            try damaged.write(to: URL(filePath: path))
            do {
                // The checksum's own key is the only text that nothing vouches for.
                let found = try content(path).filter { !$0.hasPrefix("(key: \"") || $0.contains("epsilon") }
                #expect(found == expected, "bit \(bit)")
            } catch is WeightsError { refused += 1 }
        }
        #expect(refused > 7 * whole.count)
    }

    @Test func aChangeIsNamedWithARemedy() throws {
        let path = try write()
        var data = try Data(contentsOf: URL(filePath: path))
        data[data.count - 1] ^= 4
        try data.write(to: URL(filePath: path))
        let error = #expect(throws: WeightsError.self) { try SafeTensorsFile(path) }
        #expect(error?.description.hasPrefix("\(path): has changed since it was written") == true)
        #expect(error?.message.contains("'content_xxh64'") == true)
    }

    /// Python's library writes the metadata back in another order, and its header with other spaces.
    @Test func anotherLayoutOfTheSameContentIsTheSame() throws {
        let path = try write(["a": "1", "b": "2"])
        let data = try Data(contentsOf: URL(filePath: path))
        let count = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: data[8..<8 + count], as: UTF8.self)
        let changed = header.replacing("\"a\":\"1\",\"b\":\"2\"", with: "\"b\": \"2\", \"a\": \"1\"")
        #expect(changed != header)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: changed.utf8.count >> (8 * $0)) }
        try (Data(length) + Data(changed.utf8) + data[(8 + count)...]).write(to: URL(filePath: path))
        #expect(try SafeTensorsFile(path).metadata == ["a": "1", "b": "2"])
    }
}
