import Foundation
import ImageIO
import Testing
import _TestSupport

/// Something that reads a file, with a file that it can read.
struct Reader: Sendable, CustomTestStringConvertible {
    let name: String
    /// The file that is damaged, below the folder.
    let file: String
    let isText: Bool
    /// Makes the files of a folder.
    let prepare: @Sendable (_ folder: String) throws -> Void
    /// Reads all that the file has.
    let read: @Sendable (_ folder: String) throws -> Void
    /// Of which an error has one: the name of the file, mostly.
    let marks: [String]
    /// Whether it makes the best of whatever it finds.
    var isLenient = false

    var testDescription: String { name }

    init(
        _ name: String, _ file: String, isText: Bool = false, marks: [String] = [],
        prepare: @escaping @Sendable (String) throws -> Void, read: @escaping @Sendable (String) throws -> Void
    ) {
        (self.name, self.file, self.isText) = (name, file, isText)
        self.marks = marks + [file]
        (self.prepare, self.read) = (prepare, read)
    }

    /// One that reads a file of the fixtures.
    static func fixture(
        _ name: String, _ fixture: String, isText: Bool = false,
        read: @escaping @Sendable (_ path: String) throws -> Void
    ) -> Reader {
        let file = fixture.split(separator: "/").last.map(String.init) ?? fixture
        return Reader(
            name, file, isText: isText,
            prepare: { try FileManager.default.copyItem(atPath: Fixture.path(fixture), toPath: "\($0)/\(file)") },
            read: { try read("\($0)/\(file)") })
    }

    /// One that reads a text.
    static func text(
        _ name: String, _ file: String, _ text: String, marks: [String] = [],
        beside: @escaping @Sendable (_ folder: String) throws -> Void = { _ in }, isLenient: Bool = false,
        read: @escaping @Sendable (_ folder: String) throws -> Void
    ) -> Reader {
        var reader = Reader(
            name, file, isText: true, marks: marks,
            prepare: { folder in
                let path = URL(fileURLWithPath: "\(folder)/\(file)")
                try FileManager.default.createDirectory(
                    at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: path)
                try beside(folder)
            }, read: read)
        reader.isLenient = isLenient
        return reader
    }

    static let all = images + annotations + settings + weights + vocabularies + runs

    static let images: [Reader] =
        ["rgb8.png", "palette4.png", "rgb16.png", "grey1.png", "greyalpha8.png"].map { file in
            .fixture("image-\(file)", "imageio/\(file)") { _ = try ImageCodec.readRGB($0) }
        }
        + ["photo.jpg", "progressive.jpg", "grey.jpg", "exif/6.jpg", "exif/6.png"].map { file in
            .fixture("image-\(file.replacing("/", with: "-"))", "imageio/\(file)") { path in
                _ = try ImageCodec.header(ofFile: path)
                _ = try ImageCodec.readRGB(path, for: .fitting(height: 4, width: 4))
            }
        } + [
            .fixture("labels", "imageio/palette8.png") { _ = try ImageCodec.readLabels($0) },
            .fixture("instances", "imageio/grey16.png") { _ = try ImageCodec.readInstances($0) },
            .fixture("samples16", "imageio/rgb16.png") { _ = try ImageCodec.readSamples16($0) },
        ]
}

/// Writes a file below a folder, with the folders on the way.
func putFile(_ bytes: [UInt8], _ folder: String, _ name: String) throws {
    let path = URL(fileURLWithPath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: path)
}
