/// Turns the stored elements of a tensor into the types that callers take, a chunk at a time.
struct ElementValues {
    /// Elements converted at once when the stored type is not the one asked for.
    private static let chunkElements = 65_536

    /// Path of the file, for messages.
    let file: String
    let name: String
    let type: SafeTensorsType
    /// Whether the first byte of an element is its highest.
    var isBigEndian = false
    /// Fills a buffer with the stored bytes that begin at an offset.
    let read: (_ buffer: UnsafeMutableRawBufferPointer, _ offset: Int) throws(WeightsError) -> Void

    /// Elements `run`, numbers with fractions.
    func floats(_ run: Range<Int>) throws(WeightsError) -> [Float] {
        switch type {
        case .float32 where !isBigEndian: return try values(run, as: Float.self)
        case .float32: return try converted(run, from: UInt32.self) { Float(bitPattern: $0) }
        case .float16: return try converted(run, from: UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: return try converted(run, from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: return try converted(run, from: UInt64.self) { Float(Double(bitPattern: $0)) }
        case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool:
            throw WeightsError(
                .wrongType, file: file, tensor: name,
                "holds integers (\(type.rawValue)) where numbers with fractions are needed; convert it to F32")
        }
    }

    /// Elements `run`, integers.
    func integers(_ run: Range<Int>) throws(WeightsError) -> [Int64] {
        switch type {
        case .int64: return try converted(run, from: Int64.self) { $0 }
        case .int32: return try converted(run, from: Int32.self) { Int64($0) }
        case .int16: return try converted(run, from: Int16.self) { Int64($0) }
        case .int8: return try converted(run, from: Int8.self) { Int64($0) }
        case .uint64:
            let values = try converted(run, from: UInt64.self) { $0 }
            guard let large = values.first(where: { $0 > UInt64(Int64.max) }) else {
                return values.map { Int64(truncatingIfNeeded: $0) }
            }
            throw WeightsError(.wrongType, file: file, tensor: name, "holds \(large), which no I64 holds")
        case .uint32: return try converted(run, from: UInt32.self) { Int64($0) }
        case .uint16: return try converted(run, from: UInt16.self) { Int64($0) }
        case .uint8: return try converted(run, from: UInt8.self) { Int64($0) }
        case .bool: return try converted(run, from: UInt8.self) { $0 == 0 ? 0 : 1 }
        case .float64, .float32, .float16, .bfloat16:
            throw WeightsError(
                .wrongType, file: file, tensor: name,
                "holds \(type.rawValue) where integers are needed; convert it to I64")
        }
    }

    /// Elements `run` just as they are stored.
    func values<Value: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ run: Range<Int>, as type: Value.Type
    ) throws(WeightsError) -> [Value] {
        var result = [Value](repeating: 0, count: run.count)
        var failure: WeightsError?
        result.withUnsafeMutableBytes { buffer in
            do throws(WeightsError) {
                try read(buffer, run.lowerBound * MemoryLayout<Value>.size)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }

    private func converted<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
        _ run: Range<Int>, from type: Stored.Type, _ convert: (Stored) -> Value
    ) throws(WeightsError) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(run.count)
        var start = run.lowerBound
        while start < run.upperBound {
            let end = min(start + Self.chunkElements, run.upperBound)
            for stored in try values(start..<end, as: type) {
                result.append(convert(isBigEndian ? Stored(bigEndian: stored) : stored))
            }
            start = end
        }
        return result
    }
}
