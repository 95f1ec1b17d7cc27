import DataParallel
import Foundation
import Testing

/// An index that says something else, with the right checksum: as a program with a fault would write it.
enum Reseal {
    static func index(_ path: String, _ change: (String) throws -> String) throws {
        let document = try #require(CheckpointIndex.opened(try Data(contentsOf: URL(filePath: path))))
        let text = String(decoding: document, as: UTF8.self)
        let changed = try change(text)
        #expect(changed != text)
        try CheckpointIndex.seal(Data(changed.utf8)).write(to: URL(filePath: path))
    }
}
