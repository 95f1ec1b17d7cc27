internal import Basics
package import FoundationEssentials
internal import NN

/// How an index lies in its file: with a checksum over every byte of itself.
///
///     {"xxh64": "<16 digits>", "index":
///     { … }
///     }
///
/// Everything around the digits and the document between is fixed, so that no byte can change unnoticed. An index of
/// version 1 is the document alone; no damage turns one form into the other.
extension CheckpointIndex {
    private static let head = Array("{\"xxh64\": \"".utf8)
    private static let middle = Array("\", \"index\":\n".utf8)
    private static let tail = Array("\n}\n".utf8)
    private static let digitCount = 16
    /// More than a hundred thousand ranks need; a longer file is no index.
    static let largestFileBytes = 1 << 28

    /// The content of `index.json`.
    func sealed() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return Self.seal(try encoder.encode(self))
    }

    /// A document with its checksum.
    package static func seal(_ document: Data) -> Data {
        Data(head + Array(XXHash64.digits(of: document).utf8) + middle) + document + Data(tail)
    }

    /// The document of a sealed index; nil where the form or the checksum is not right.
    package static func opened(_ file: Data) -> Data? {
        let start = head.count + digitCount + middle.count
        guard file.count >= start + tail.count, file.starts(with: head), file.suffix(tail.count).elementsEqual(tail)
        else { return nil }
        let bytes = [UInt8](file)
        let digits = bytes[head.count..<head.count + digitCount]
        guard bytes[head.count + digitCount..<start].elementsEqual(middle) else { return nil }
        let document = bytes[start..<bytes.count - tail.count]
        return XXHash64.digits(of: document).utf8.elementsEqual(digits) ? Data(document) : nil
    }

    /// Reads an index.
    ///
    /// - Returns: also whether it had a checksum.
    static func read(_ path: String) throws(CheckpointError) -> (index: CheckpointIndex, isSealed: Bool) {
        let file = try CheckpointFiles.read(path, limit: largestFileBytes)
        let document = opened(file)
        let index: CheckpointIndex
        do {
            index = try JSONDecoder().decode(CheckpointIndex.self, from: document ?? file)
        } catch {
            let what =
                document == nil && file.starts(with: head) ? "has changed since it was written" : "is not an index"
            throw CheckpointError(.damaged, path: path, "\(what), or is cut off; use another checkpoint")
        }
        let isSealed = document != nil
        guard isSealed || index.version == 1 else {
            throw CheckpointError(.damaged, path: path, "has lost its checksum; use another checkpoint")
        }
        guard !isSealed || index.version == currentVersion else {
            throw CheckpointError(
                .unfit, path: path,
                "has format version \(index.version), this program reads 1 and \(currentVersion); use "
                    + "the program that wrote it")
        }
        if let fault = index.fault() { throw CheckpointError(.damaged, path: path, "\(fault); use another checkpoint") }
        return (index, isSealed)
    }
}
