/// The scalar kinds that travel between ranks; a back end maps each to its own data type by exhaustive `switch`.
public enum ScalarKind: UInt8, Sendable, CaseIterable {
    case uint8, int32, int64, uint64, float32, float64

    public var byteCount: Int {
        switch self {
        case .uint8: 1
        case .int32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }
}

/// A Swift scalar that ranks can reduce and exchange. Type and count of a transfer cannot disagree, since both come
/// from one typed buffer.
public protocol CollectiveScalar: BitwiseCopyable, Comparable, Sendable {
    static var scalarKind: ScalarKind { get }
    static var zero: Self { get }
    /// Sum of two values; integers wrap, as they do in MPI.
    static func wrappingSum(_ first: Self, _ second: Self) -> Self
}

extension CollectiveScalar where Self: FixedWidthInteger {
    public static func wrappingSum(_ first: Self, _ second: Self) -> Self { first &+ second }
}

extension CollectiveScalar where Self: BinaryFloatingPoint {
    public static func wrappingSum(_ first: Self, _ second: Self) -> Self { first + second }
}

extension UInt8: CollectiveScalar { public static var scalarKind: ScalarKind { .uint8 } }
extension Int32: CollectiveScalar { public static var scalarKind: ScalarKind { .int32 } }
extension Int64: CollectiveScalar { public static var scalarKind: ScalarKind { .int64 } }
extension Int: CollectiveScalar { public static var scalarKind: ScalarKind { .int64 } }
extension UInt64: CollectiveScalar { public static var scalarKind: ScalarKind { .uint64 } }
extension Float: CollectiveScalar { public static var scalarKind: ScalarKind { .float32 } }
extension Double: CollectiveScalar { public static var scalarKind: ScalarKind { .float64 } }

/// How an all-reduce joins the values of all ranks. There is no average: a mean is a sum and one division by a
/// global count, written where it is meant.
public enum Reduction: UInt8, Sendable, CaseIterable {
    case sum, min, max
}
