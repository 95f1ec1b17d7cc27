extension ColumnMask {
    /// The runs as COCO's "compressed RLE": from the fourth on, each is the difference to the last but one; numbers are
    /// groups of 5 bits, lowest first, in characters from 48 on, of which bit 5 says that more follow.
    public var text: String {
        var bytes: [UInt8] = []
        for (place, count) in counts.enumerated() {
            var rest = place > 2 ? count - counts[place - 2] : count
            while true {
                var group = UInt8(truncatingIfNeeded: rest & 0x1F)
                rest >>= 5
                let isLast = group & 0x10 == 0 ? rest == 0 : rest == -1
                if !isLast { group |= 0x20 }
                bytes.append(group + 48)
                if isLast { break }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Throws: for text that `text` did not make, or that is of another size.
    public init(height: Int, width: Int, text: String) throws(ColumnMaskError) {
        var counts: [Int] = []
        var (value, shift) = (0, 0)
        for byte in text.utf8 {
            guard (48..<112).contains(byte) else {
                throw ColumnMaskError(
                    "the run lengths hold the character \(Character(Unicode.Scalar(byte))), which no RLE of COCO has")
            }
            guard shift <= 50 else { throw ColumnMaskError("the run lengths hold a number of more than 11 characters") }
            let group = Int(byte - 48)
            value |= (group & 0x1F) << shift
            shift += 5
            guard group & 0x20 == 0 else { continue }
            if group & 0x10 != 0 { value |= -1 << shift }
            if counts.count > 2 { value &+= counts[counts.count - 2] }
            counts.append(value)
            (value, shift) = (0, 0)
        }
        guard shift == 0 else { throw ColumnMaskError("the run lengths end in the middle of a number") }
        try self.init(height: height, width: width, counts: counts)
    }
}
