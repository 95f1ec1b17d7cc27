/// A safetensors file, open for reading. The header is checked when it is opened; values are read when asked for, each
/// tensor or slice straight into its array, so a large file never lies in memory twice.
///
///     let file = try SafeTensorsFile("mit_b0.safetensors")
///     let bias = try file.floats("norm1.bias")
public final class SafeTensorsFile: Sendable {
    /// Elements converted at once when the stored type is not `Float`.
    private static let chunkElements = 65_536

    private let file: ReadableFile
    private let header: SafeTensorsHeader
    private let dataStart: Int
    private let indices: [String: Int]

    /// Opens a file and checks its header, and all of its content where it carries a checksum (`ContentChecksum`).
    ///
    /// - Throws: `WeightsError` where the file is unreadable, truncated, not well-formed, or changed since it was
    ///   written. No memory is taken for a size the file only claims.
    public init(_ path: String) throws(WeightsError) {
        file = try ReadableFile(path)
        let headerByteCount = try Self.headerByteCount(file)
        var json = [UInt8](repeating: 0, count: headerByteCount)
        try fill(&json, from: file, at: 8)
        dataStart = 8 + headerByteCount
        header = try SafeTensorsHeader(json: json, dataByteCount: file.byteCount - dataStart, file: path)
        indices = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
        try verifyContent()
    }

    private static func headerByteCount(_ file: borrowing ReadableFile) throws(WeightsError) -> Int {
        guard file.byteCount >= 8 else {
            throw WeightsError(
                .malformed, file: file.path, "has \(file.byteCount) bytes, too few for safetensors; copy it again")
        }
        var word: [UInt64] = [0]
        try fill(&word, from: file, at: 0)
        let count = UInt64(littleEndian: word[0])
        guard count <= UInt64(SafeTensorsHeader.maximumByteCount), count <= UInt64(file.byteCount - 8) else {
            throw WeightsError(
                .malformed, file: file.path,
                "claims a header of \(count) bytes in \(file.byteCount): truncated or not a safetensors file; "
                    + "copy it again, or convert it with the safetensors library")
        }
        return Int(count)
    }

    /// Path it was opened with.
    public var path: String { file.path }

    /// Names of the tensors, in the order of their place in the file.
    public var names: [String] { header.entries.map(\.name) }

    /// All tensors, in the order of their place in the file.
    public var entries: [SafeTensorsEntry] { header.entries }

    /// The free texts of the header, but for the checksum.
    public var metadata: [String: String] { header.metadata.filter { $0.key != ContentChecksum.key } }

    /// The checksum that the header states; files of other programs have none.
    var statedChecksum: String? { header.metadata[ContentChecksum.key] }

    /// Type and shape of a tensor.
    public func entry(_ name: String) throws(WeightsError) -> SafeTensorsEntry {
        guard let index = indices[name] else {
            throw WeightsError(
                .missing, file: path, tensor: name, "is not in the file, which has \(indices.count) tensors")
        }
        return header.entries[index]
    }

    /// Whether there is a tensor of that name.
    public func contains(_ name: String) -> Bool { indices[name] != nil }
}

// MARK: - Values

extension SafeTensorsFile {
    /// The values of a floating-point tensor, or a run of them, in row-major order.
    ///
    /// - Parameters:
    ///   - name: a tensor of type F32, F16, BF16 or F64; the latter is rounded to `Float`.
    ///   - elements: which elements of the flat tensor; all if nil.
    /// - Precondition: `elements` lies inside the tensor.
    public func floats(_ name: String, elements: Range<Int>? = nil) throws(WeightsError) -> [Float] {
        let entry = try entry(name)
        let run = checkedRun(elements, of: entry)
        switch entry.type {
        case .float32: return try values(entry, run, as: Float.self)
        case .float16: return try converted(entry, run, from: UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: return try converted(entry, run, from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: return try converted(entry, run, from: Double.self) { Float($0) }
        case .int64, .int32, .int16, .int8, .uint8, .bool:
            throw WeightsError(
                .wrongType, file: path, tensor: name,
                "holds integers (\(entry.type.rawValue)) where numbers with fractions are needed; convert it to F32")
        }
    }

    /// The values of an integer tensor, or a run of them, in row-major order; BOOL gives 0 and 1.
    ///
    /// - Precondition: `elements` lies inside the tensor.
    public func integers(_ name: String, elements: Range<Int>? = nil) throws(WeightsError) -> [Int64] {
        let entry = try entry(name)
        let run = checkedRun(elements, of: entry)
        switch entry.type {
        case .int64: return try values(entry, run, as: Int64.self)
        case .int32: return try converted(entry, run, from: Int32.self) { Int64($0) }
        case .int16: return try converted(entry, run, from: Int16.self) { Int64($0) }
        case .int8: return try converted(entry, run, from: Int8.self) { Int64($0) }
        case .uint8: return try converted(entry, run, from: UInt8.self) { Int64($0) }
        case .bool: return try converted(entry, run, from: UInt8.self) { $0 == 0 ? 0 : 1 }
        case .float64, .float32, .float16, .bfloat16:
            throw WeightsError(
                .wrongType, file: path, tensor: name,
                "holds \(entry.type.rawValue) where integers are needed; convert it to I64")
        }
    }

    /// The stored bytes of a tensor, whatever its type.
    public func bytes(_ name: String) throws(WeightsError) -> [UInt8] {
        let entry = try entry(name)
        return try values(entry, 0..<entry.byteRange.count, as: UInt8.self)
    }

    /// Bytes of a tensor, counted from its first.
    func storedBytes(of entry: SafeTensorsEntry, _ run: Range<Int>) throws(WeightsError) -> [UInt8] {
        try values(entry, run, as: UInt8.self)
    }

    private func checkedRun(_ elements: Range<Int>?, of entry: SafeTensorsEntry) -> Range<Int> {
        let all = 0..<entry.elementCount
        guard let elements else { return all }
        precondition(
            elements.lowerBound >= 0 && elements.upperBound <= all.upperBound,
            "SafeTensorsFile: elements \(elements) of '\(entry.name)' lie outside \(all)")
        return elements
    }

    private func values<Value: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ entry: SafeTensorsEntry, _ run: Range<Int>, as type: Value.Type
    ) throws(WeightsError) -> [Value] {
        var result = [Value](repeating: 0, count: run.count)
        let start = dataStart + entry.byteRange.lowerBound + run.lowerBound * MemoryLayout<Value>.size
        try fill(&result, from: file, at: start)
        return result
    }

    private func converted<Stored: BitwiseCopyable & ExpressibleByIntegerLiteral, Value>(
        _ entry: SafeTensorsEntry, _ run: Range<Int>, from type: Stored.Type, _ convert: (Stored) -> Value
    ) throws(WeightsError) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(run.count)
        var start = run.lowerBound
        while start < run.upperBound {
            let end = min(start + Self.chunkElements, run.upperBound)
            for stored in try values(entry, start..<end, as: type) { result.append(convert(stored)) }
            start = end
        }
        return result
    }
}

/// Fills an array with the bytes that begin at `offset` of a file.
private func fill<Value: BitwiseCopyable>(
    _ values: inout [Value], from file: borrowing ReadableFile, at offset: Int
) throws(WeightsError) {
    var failure: WeightsError?
    values.withUnsafeMutableBytes { buffer in
        do throws(WeightsError) { try file.read(into: buffer, from: offset) } catch { failure = error }
    }
    if let failure { throw failure }
}
