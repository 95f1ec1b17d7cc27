import Datasets
import Foundation
import ImageIO

/// A folder that lives as long as the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes an image of one colour, making its folder.
    func image(_ name: String, height: Int = 2, width: Int = 3, value: UInt8 = 7) throws {
        try ImageCodec.writePNG(RGBImage(height: height, width: width, channels: 3, filledWith: value), to: made(name))
    }

    /// Writes a label file of one row.
    func labels(_ name: String, _ values: [UInt8]) throws {
        try ImageCodec.writePNG(LabelMap(height: 1, width: values.count, channels: 1, pixels: values), to: made(name))
    }

    /// Writes a palette file of one row.
    func palette(_ name: String, _ indices: [UInt8], colors: [SIMD3<UInt8>]) throws {
        let image = LabelMap(height: 1, width: indices.count, channels: 1, pixels: indices)
        try ImageCodec.writePNG(image, to: made(name), palette: colors)
    }

    /// Writes an instance file of one row.
    func instances(_ name: String, _ values: [UInt16]) throws {
        try ImageCodec.writePNG(
            InstanceMap(height: 1, width: values.count, channels: 1, pixels: values), to: made(name))
    }

    /// Writes 16-bit (class, object, unused) triples of one row.
    func pairs(_ name: String, _ values: [(UInt16, UInt16)]) throws {
        let pixels = values.flatMap { pair -> [UInt16] in [pair.0, pair.1, 0] }
        try ImageCodec.writePNG(
            PixelImage<UInt16>(height: 1, width: values.count, channels: 3, pixels: pixels), to: made(name))
    }

    /// Writes a panoptic PNG of one row.
    func segments(_ name: String, _ ids: [UInt32]) throws {
        let pixels = ids.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)] }
        try ImageCodec.writePNG(RGBImage(height: 1, width: ids.count, channels: 3, pixels: pixels), to: made(name))
    }

    /// Writes labels of zeros.
    func rows(_ name: String, height: Int, width: Int) throws {
        try ImageCodec.writePNG(LabelMap(height: height, width: width, channels: 1, filledWith: 7), to: made(name))
    }

    func copy(_ file: String, to name: String) throws {
        try FileManager.default.copyItem(atPath: file, toPath: made(name))
    }

    /// An empty file whose name is any bytes, in a folder that is there.
    func bytes(_ folder: String, _ name: [UInt8]) throws {
        let path = Array("\(self.path)/\(folder)/".utf8) + name + [0]
        let file = path.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o644) } ?? -1
            }
        }
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        close(file)
    }

    func text(_ name: String, _ contents: String) throws {
        try contents.write(toFile: made(name), atomically: true, encoding: .utf8)
    }

    /// A file that is none of a data set: its bytes do not matter.
    func scrap(_ names: String...) throws { for name in names { try text(name, "scrap") } }

    func contents(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    func made(_ name: String) throws -> String {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file.path
    }
}

/// The data set error that `body` throws, or `nil`.
func datasetError(_ body: () throws -> Void) -> DatasetError? {
    do {
        try body()
        return nil
    } catch {
        return error as? DatasetError
    }
}
