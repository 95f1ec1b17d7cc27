internal import Basics

/// A checked safetensors header: every tensor has a known type, the bytes its shape asks for, and a place of its own.
///
/// Layout of the format (github.com/huggingface/safetensors, "Format"): 8 bytes little-endian header length, the
/// header in JSON, then the values, densely packed in the order of their offsets.
struct SafeTensorsHeader: Sendable {
    /// The same bound as the reference implementation has: a longer header is an attack or an accident.
    static let maximumByteCount = 100_000_000

    /// Tensors by place in the file.
    let entries: [SafeTensorsEntry]
    let metadata: [String: String]

    /// - Parameters:
    ///   - json: the header's text.
    ///   - dataByteCount: bytes in the file after the header.
    ///   - file: path, for messages.
    init(json: [UInt8], dataByteCount: Int, file: String) throws(WeightsError) {
        let raw: (entries: [String: HeaderParser.RawEntry], metadata: [String: String])
        do throws(HeaderParser.Failure) {
            var parser = HeaderParser(json)
            raw = try parser.parse()
        } catch {
            throw WeightsError(
                .malformed, file: file,
                "header is not valid at byte \(error.offset): \(error.message); write the file again")
        }
        var entries: [SafeTensorsEntry] = []
        for (name, entry) in raw.entries {
            entries.append(try Self.checked(entry, name: name, file: file))
        }
        entries.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
        }
        try Self.checkPacking(entries, dataByteCount: dataByteCount, file: file)
        self.entries = entries
        metadata = raw.metadata
    }

    /// Type known, offsets in order, bytes as the shape asks.
    private static func checked(
        _ raw: HeaderParser.RawEntry, name: String, file: String
    ) throws(WeightsError) -> SafeTensorsEntry {
        guard let type = SafeTensorsType(rawValue: raw.type) else {
            let known = SafeTensorsType.allCases.map(\.rawValue).joined(separator: ", ")
            throw WeightsError(
                .wrongType, file: file, tensor: name,
                "element type '\(raw.type)' is not supported; convert it to one of \(known)")
        }
        var byteCount = type.byteCount
        for size in raw.shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard !overflow else {
                throw WeightsError(.malformed, file: file, tensor: name, "shape \(raw.shape) overflows")
            }
            byteCount = product
        }
        guard raw.offsets[0] <= raw.offsets[1], raw.offsets[1] - raw.offsets[0] == byteCount else {
            throw WeightsError(
                .malformed, file: file, tensor: name,
                "shape \(raw.shape) of \(type.rawValue) needs \(byteCount) bytes, "
                    + "data_offsets \(raw.offsets) disagree; write the file again")
        }
        return SafeTensorsEntry(
            tensor: TensorEntry(name: name, type: type, shape: raw.shape), byteRange: raw.offsets[0]..<raw.offsets[1])
    }

    /// The tensors fill the data section without overlap, hole or rest, as the format demands.
    private static func checkPacking(
        _ entries: [SafeTensorsEntry], dataByteCount: Int, file: String
    ) throws(WeightsError) {
        var end = 0
        for entry in entries {
            guard entry.byteRange.upperBound <= dataByteCount else {
                throw WeightsError(
                    .malformed, file: file, tensor: entry.name,
                    "ends at byte \(entry.byteRange.upperBound) of \(dataByteCount): the file is truncated; "
                        + "copy or write it again")
            }
            guard entry.byteRange.lowerBound == end else {
                let overlaps = entry.byteRange.lowerBound < end
                let what = overlaps ? "overlaps the tensor before it" : "leaves a hole before it"
                throw WeightsError(.malformed, file: file, tensor: entry.name, "\(what); write the file again")
            }
            end = entry.byteRange.upperBound
        }
        guard end == dataByteCount else {
            throw WeightsError(
                .malformed, file: file,
                "\(dataByteCount - end) bytes after the last tensor belong to none; copy or write the file again")
        }
    }
}

// MARK: - Writing

extension SafeTensorsHeader {
    /// Header text for tensors that follow each other in this order, padded with spaces so that the values begin at a
    /// multiple of 8 bytes.
    static func json(
        _ tensors: [(name: String, type: SafeTensorsType, shape: [Int])], metadata: [String: String]
    ) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map {
                "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))"
            }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.shape.reduce(tensor.type.byteCount, *)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(JSONText.quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        let text = Array("{\(members.joined(separator: ","))}".utf8)
        return text + Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    }
}
