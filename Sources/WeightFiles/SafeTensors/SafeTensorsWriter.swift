internal import Basics

/// A tensor to be written: name, type and shape now, values when their turn comes, so that only one of many tensors
/// needs to exist as an array at a time.
public struct SafeTensorsItem {
    enum Values {
        case floats(() -> [Float])
        case halves(() -> [Float])
        case integers(() -> [Int64])
        case bytes(() -> [UInt8])
    }

    public let name: String
    public let type: SafeTensorsType
    public let shape: [Int]
    let values: Values

    /// An F32 tensor, row-major.
    public init(_ name: String, shape: [Int], floats: @escaping @autoclosure () -> [Float]) {
        self.name = name
        self.shape = shape
        type = .float32
        values = .floats(floats)
    }

    /// An F16 tensor, row-major: the nearest halves. A finite value beyond their largest, 65504, cannot be written.
    public init(_ name: String, shape: [Int], halves: @escaping @autoclosure () -> [Float]) {
        self.name = name
        self.shape = shape
        type = .float16
        values = .halves(halves)
    }

    /// An I64 tensor, row-major.
    public init(_ name: String, shape: [Int], integers: @escaping @autoclosure () -> [Int64]) {
        self.name = name
        self.shape = shape
        type = .int64
        values = .integers(integers)
    }

    /// A tensor of any type from its little-endian bytes, row-major.
    public init(
        _ name: String, shape: [Int], type: SafeTensorsType, bytes: @escaping @autoclosure () -> [UInt8]
    ) {
        self.name = name
        self.shape = shape
        self.type = type
        values = .bytes(bytes)
    }
}

/// Writes safetensors files. The file appears under its name only when whole; equal content gives equal bytes.
public enum SafeTensorsWriter {
    /// Writes `items` and flushes them to the disk.
    ///
    /// Order in the file, as the reference implementation has it: larger element types first, then by name. This
    /// keeps every tensor aligned to its element size.
    ///
    /// - Parameter checksummed: adds a checksum to the metadata, which every opening of the file then compares with its
    ///   content.
    /// - Throws: `WeightsError` where the disk refuses, or a value does not fit its type; a file that had the name
    ///   before is then still whole.
    /// - Precondition: names are unique and not `__metadata__`; each item gives as many values as its shape says.
    public static func write(
        _ path: String, _ items: [SafeTensorsItem], metadata: [String: String] = [:], checksummed: Bool = false
    ) throws(WeightsError) {
        let ordered = items.sorted { ($1.type.byteCount, $0.name) < ($0.type.byteCount, $1.name) }
        precondition(
            Set(items.map(\.name)).union(["__metadata__"]).count == items.count + 1,
            "SafeTensorsWriter: names must be unique and not '__metadata__'")
        var metadata = metadata
        metadata[ContentChecksum.key] = checksummed ? ContentChecksum.blank : nil
        var file = try AtomicFile(path)
        let json = SafeTensorsHeader.json(ordered.map { ($0.name, $0.type, $0.shape) }, metadata: metadata)
        try append([UInt64(json.count).littleEndian], to: &file)
        try append(json, to: &file)
        var checksum = ContentChecksum(metadata: metadata)
        for item in ordered {
            checksum.add(item.name, item.type, item.shape, hash: try append(item, to: &file, hashes: checksummed))
        }
        if checksummed {
            // Behind the header's length.
            try file.overwrite(Array(checksum.digits.utf8), at: 8 + ContentChecksum.place(in: json))
        }
        try file.commit()
    }

    /// - Returns: XXH64 of the bytes; 0 where it is not asked for.
    private static func append(
        _ item: SafeTensorsItem, to file: inout AtomicFile, hashes: Bool
    ) throws(WeightsError) -> UInt64 {
        let needed = item.shape.reduce(item.type.byteCount, *)
        func written<Value: BitwiseCopyable>(_ values: [Value]) throws(WeightsError) -> UInt64 {
            let byteCount = values.count * MemoryLayout<Value>.size
            precondition(
                byteCount == needed,
                "SafeTensorsWriter: '\(item.name)' of shape \(item.shape) needs \(needed) bytes, got \(byteCount)")
            try append(values, to: &file)
            return hashes ? values.withUnsafeBytes { XXHash64.hash($0) } : 0
        }
        switch item.values {
        case .floats(let values): return try written(values())
        case .halves(let values): return try written(halves(values(), of: item, in: file.path))
        case .integers(let values): return try written(values())
        case .bytes(let values): return try written(values())
        }
    }

    private static func halves(
        _ values: [Float], of item: SafeTensorsItem, in path: String
    ) throws(WeightsError) -> [Float16] {
        let halves = values.map(Float16.init)
        if let index = halves.indices.first(where: { halves[$0].isInfinite && values[$0].isFinite }) {
            throw WeightsError(
                .wrongType, file: path, tensor: item.name,
                "holds \(values[index]), beyond the largest number of F16, 65504; write it as F32")
        }
        return halves
    }

    private static func append<Value: BitwiseCopyable>(
        _ values: [Value], to file: inout AtomicFile
    ) throws(WeightsError) {
        var failure: WeightsError?
        values.withUnsafeBytes { buffer in
            do throws(WeightsError) { try file.write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
