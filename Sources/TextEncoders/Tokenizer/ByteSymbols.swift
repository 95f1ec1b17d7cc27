/// The printable code points that stand for bytes in byte-level vocabularies.
///
/// Bytes 33...126, 161...172 and 174...255 stand for themselves; the other 68, ascending, for 256, 257, …
enum ByteSymbols {
    /// Bytes in the order in which OpenAI's vocabulary lists them: those that stand for themselves, then the others.
    static let ordered: [UInt8] = printable + (0...255).filter { !printable.contains($0) }

    /// The symbol of each byte.
    static let symbols: [Unicode.Scalar] = {
        var result = [Unicode.Scalar](repeating: " ", count: 256)
        for byte in printable { result[Int(byte)] = Unicode.Scalar(byte) }
        for (index, byte) in ordered.dropFirst(printable.count).enumerated() {
            result[Int(byte)] = Unicode.Scalar(UInt8(index)).shifted(by: 256)
        }
        return result
    }()

    private static let printable: [UInt8] = Array(33...126) + Array(161...172) + Array(174...255)
}

extension Unicode.Scalar {
    fileprivate func shifted(by distance: UInt32) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(value + distance) else {
            preconditionFailure("ByteSymbols: \(value + distance) is no scalar")
        }
        return scalar
    }
}
