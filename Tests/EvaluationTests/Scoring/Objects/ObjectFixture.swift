import CZlib
import Evaluation
import Foundation
import ImageIO
import Testing
import _TestSupport

/// Generated files with their scores by another program (`Tests/Fixtures/evaluation/objects`).
enum ObjectFixture {
    /// The cases of a kind; their order is that of the file.
    static func cases(_ kind: String) throws -> [[String: Any]] {
        let data = try unpacked(Fixture.path("evaluation/objects/\(kind).json.gz"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    }

    private static func unpacked(_ path: String) throws -> Data {
        let file = try #require(gzopen(path, "rb"), "\(path)")
        defer { gzclose(file) }
        var (data, chunk) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = Int(gzread(file, &chunk, UInt32(chunk.count)))
            try #require(count >= 0, "\(path) is damaged")
            guard count > 0 else { return data }
            data.append(contentsOf: chunk[..<count])
        }
    }

    /// A map as the fixtures have it: height, width, and values with the lengths of their runs.
    static func map(_ packed: Any) throws -> PixelImage<UInt32> {
        let packed = try #require(packed as? [Any])
        let (height, width) = (try #require(packed[0] as? Int), try #require(packed[1] as? Int))
        let runs = try #require(packed[2] as? [Int])
        let pixels = stride(from: 0, to: runs.count, by: 2).flatMap { place in
            [UInt32](repeating: UInt32(runs[place]), count: runs[place + 1])
        }
        return PixelImage(height: height, width: width, channels: 1, pixels: pixels)
    }

    /// Compares a document with the scores that another program gave, to twelve digits: the last bits depend on the
    /// order of sums.
    static func expect(
        _ found: [String: Any], equals expected: [String: Any], _ place: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (key, value) in expected {
            let name = "\(place) \(key)"
            if let inner = value as? [String: Any] {
                expect(found[key] as? [String: Any] ?? [:], equals: inner, name, sourceLocation: sourceLocation)
            } else if value is NSNull {
                #expect(found[key] is NSNull, "\(name)", sourceLocation: sourceLocation)
            } else {
                let (number, wanted) = (found[key] as? Double ?? .nan, value as? Double ?? .infinity)
                #expect(
                    abs(number - wanted) < 1e-11, "\(name): \(number), not \(wanted)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}

extension TemporaryFolder {
    /// Writes a JSON file, making its folder.
    @discardableResult
    func json(_ value: Any, to name: String) throws -> String {
        let path = try made(name)
        try JSONSerialization.data(withJSONObject: value).write(to: URL(filePath: path))
        return path
    }

    /// Writes ids as colours, making their folder.
    func segments(_ ids: PixelImage<UInt32>, to name: String) throws {
        let colors = ids.pixels.flatMap { id in
            [UInt8(truncatingIfNeeded: id), UInt8(truncatingIfNeeded: id >> 8), UInt8(truncatingIfNeeded: id >> 16)]
        }
        try ImageCodec.writePNG(
            RGBImage(height: ids.height, width: ids.width, channels: 3, pixels: colors), to: made(name))
    }
}
