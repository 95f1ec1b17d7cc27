/// A safetensors file, open for reading. The header is checked when it is opened; values are read when asked for, each
/// tensor or slice straight into its array, so a large file never lies in memory twice.
///
///     let file = try SafeTensorsFile("mit_b0.safetensors")
///     let bias = try file.floats("norm1.bias")
public final class SafeTensorsFile: TensorFile {
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
        let json = try file.bytes(8..<8 + headerByteCount)
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
        let count = try file.bytes(0..<8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard count <= UInt64(SafeTensorsHeader.maximumByteCount), count <= UInt64(file.byteCount - 8) else {
            throw WeightsError(
                .malformed, file: file.path,
                "claims a header of \(count) bytes in \(file.byteCount): truncated, or neither safetensors nor a file "
                    + "of torch.save; copy it again")
        }
        return Int(count)
    }

    /// Path it was opened with.
    public var path: String { file.path }

    /// Names of the tensors, in the order of their place in the file.
    public var names: [String] { header.entries.map(\.name) }

    /// All tensors, in the order of their place in the file.
    public var entries: [TensorEntry] { header.entries.map(\.tensor) }

    /// The free texts of the header, but for the checksum.
    public var metadata: [String: String] { header.metadata.filter { $0.key != ContentChecksum.key } }

    /// The checksum that the header states; files of other programs have none.
    var statedChecksum: String? { header.metadata[ContentChecksum.key] }

    /// Type and shape of a tensor.
    public func entry(_ name: String) throws(WeightsError) -> TensorEntry { try stored(name).tensor }

    private func stored(_ name: String) throws(WeightsError) -> SafeTensorsEntry {
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
    public func floats(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Float] {
        let stored = try stored(name)
        return try values(of: stored).floats(stored.tensor.run(elements))
    }

    /// The values of an integer tensor, or a run of them, in row-major order; BOOL gives 0 and 1.
    ///
    /// - Precondition: `elements` lies inside the tensor.
    public func integers(_ name: String, elements: Range<Int>?) throws(WeightsError) -> [Int64] {
        let stored = try stored(name)
        return try values(of: stored).integers(stored.tensor.run(elements))
    }

    /// The stored bytes of a tensor, whatever its type.
    public func bytes(_ name: String) throws(WeightsError) -> [UInt8] {
        let stored = try stored(name)
        return try values(of: stored).values(0..<stored.byteRange.count, as: UInt8.self)
    }

    var storedEntries: [SafeTensorsEntry] { header.entries }

    /// Bytes of a tensor, counted from its first.
    func storedBytes(of stored: SafeTensorsEntry, _ run: Range<Int>) throws(WeightsError) -> [UInt8] {
        try values(of: stored).values(run, as: UInt8.self)
    }

    private func values(of stored: SafeTensorsEntry) -> ElementValues {
        let start = dataStart + stored.byteRange.lowerBound
        return ElementValues(file: path, name: stored.name, type: stored.tensor.type) {
            (buffer: UnsafeMutableRawBufferPointer, offset: Int) throws(WeightsError) in
            try self.file.read(into: buffer, from: start + offset)
        }
    }
}
