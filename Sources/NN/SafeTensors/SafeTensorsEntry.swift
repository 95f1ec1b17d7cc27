/// Element types of the safetensors format that we read and write; raw values are the names in the file.
public enum SafeTensorsType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether the type holds fractions (and is read as `Float`).
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        case .int64, .int32, .int16, .int8, .uint8, .bool: false
        }
    }
}

/// One tensor of a file, before its values are read.
public struct SafeTensorsEntry: Sendable, Equatable {
    public let name: String
    public let type: SafeTensorsType
    /// Sizes as stored, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Where the values lie, in bytes from the end of the header.
    public let byteRange: Range<Int>

    /// Number of elements, 1 for a scalar.
    public var elementCount: Int { shape.reduce(1, *) }
}
