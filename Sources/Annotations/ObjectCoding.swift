/// Objects as bytes, for memory that processes share, for messages and for checkpoints.
///
/// All numbers are unsigned LEB128 (7 bits a byte, the last byte below 128) unless said otherwise:
///
///     number of objects, then for each:
///         train id (1 byte), flags (1 byte: 1 crowd, 2 score follows), score (4 bytes, little endian)
///         top, left, height and width of the box, number of runs
///         for each run: pixels of the box since the end of the run before, and its length,
///         counted along the rows of the box one after another
///
/// A run never goes on in the next row.
public enum ObjectCoding {
    private static let crowdFlag: UInt8 = 1
    private static let scoreFlag: UInt8 = 2

    public static func encode(_ objects: [AnnotatedObject]) -> [UInt8] {
        var writer = Writer()
        writer.append(objects.count)
        for object in objects { append(object, to: &writer) }
        return writer.bytes
    }

    private static func append(_ object: AnnotatedObject, to writer: inout Writer) {
        writer.bytes.append(object.trainID)
        writer.bytes.append((object.isCrowd ? crowdFlag : 0) | (object.score == nil ? 0 : scoreFlag))
        if let score = object.score {
            withUnsafeBytes(of: score.bitPattern.littleEndian) { writer.bytes.append(contentsOf: $0) }
        }
        let box = object.box
        for number in [box.top, box.left, box.height, box.width, object.mask.runs.count] { writer.append(number) }
        var position = 0
        for run in object.mask.runs {
            let start = (Int(run.row) - box.top) * box.width + Int(run.start) - box.left
            writer.append(start - position)
            writer.append(run.count)
            position = start + run.count
        }
    }

    /// The objects of an image of this size.
    ///
    /// - Throws: when the bytes are not what `encode` makes, or an object does not lie in the image.
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, height: Int, width: Int
    ) throws(ObjectCodingError) -> [AnnotatedObject] {
        var reader = Reader(bytes: bytes)
        // The smallest object, one pixel, takes 9 bytes: no number in damaged bytes makes us take much memory.
        let count = try reader.number(atMost: bytes.count / 9)
        var objects: [AnnotatedObject] = []
        objects.reserveCapacity(count)
        for _ in 0..<count { objects.append(try object(from: &reader, height: height, width: width)) }
        guard reader.isAtEnd else { throw reader.error("bytes follow the last object") }
        return objects
    }

    /// As above.
    public static func decode(
        _ bytes: [UInt8], height: Int, width: Int
    ) throws(ObjectCodingError) -> [AnnotatedObject] {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(ObjectCodingError) in try decode(buffer, height: height, width: width) }
        }
        return try result.get()
    }

    private static func object(
        from reader: inout Reader, height: Int, width: Int
    ) throws(ObjectCodingError) -> AnnotatedObject {
        let trainID = try reader.byte()
        let flags = try reader.byte()
        guard flags & ~(crowdFlag | scoreFlag) == 0 else { throw reader.error("unknown flags \(flags)") }
        let score = flags & scoreFlag == 0 ? nil : try reader.score()
        let (top, left) = (try reader.number(atMost: height), try reader.number(atMost: width))
        let box = PixelBox(
            top: top, left: left, height: try reader.number(atMost: height - top),
            width: try reader.number(atMost: width - left))
        let mask = try mask(in: box, from: &reader)
        return AnnotatedObject(trainID: trainID, mask: mask, isCrowd: flags & crowdFlag != 0, score: score)
    }

    private static func mask(in box: PixelBox, from reader: inout Reader) throws(ObjectCodingError) -> ObjectMask {
        let pixels = box.height * box.width
        var builder = ObjectMaskBuilder()
        var position = 0
        for _ in 0..<(try reader.number(atMost: pixels)) {
            position += try reader.number(atMost: pixels - position)
            let length = try reader.number(atMost: pixels - position)
            guard length > 0, position % box.width + length <= box.width else {
                throw reader.error("a run of \(length) pixels does not lie in one row of its box")
            }
            let (row, column) = position.quotientAndRemainder(dividingBy: box.width)
            let start = Int32(box.left + column)
            builder.append(row: Int32(box.top + row), start: start, end: start + Int32(length))
            position += length
        }
        let mask = builder.mask
        guard mask.box == box, !mask.isEmpty else { throw reader.error("a mask does not fill its box") }
        return mask
    }
}

/// Bytes that are no objects.
public struct ObjectCodingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Position of the byte after which nothing makes sense.
    public let offset: Int
    public let reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "objects are damaged at byte \(offset): \(reason)" }
}

extension ObjectCoding {
    private struct Writer {
        var bytes: [UInt8] = []

        mutating func append(_ number: Int) {
            var rest = UInt64(number)
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        private var offset = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { offset == bytes.count }

        func error(_ reason: String) -> ObjectCodingError { ObjectCodingError(offset: offset, reason: reason) }

        mutating func byte() throws(ObjectCodingError) -> UInt8 {
            guard offset < bytes.count else { throw error("the bytes end early") }
            defer { offset += 1 }
            return bytes[offset]
        }

        mutating func number(atMost largest: Int) throws(ObjectCodingError) -> Int {
            var (value, shift) = (0, 0)
            while true {
                let byte = try byte()
                value |= Int(byte & 0x7F) << shift
                if byte < 0x80 { break }
                shift += 7
                guard shift <= 42 else { throw error("a number of more than 7 bytes") }
            }
            guard value <= largest else { throw error("\(value) where at most \(largest) is possible") }
            return value
        }

        mutating func score() throws(ObjectCodingError) -> Float {
            var bits: UInt32 = 0
            for shift in stride(from: UInt32(0), to: 32, by: 8) { bits |= UInt32(try byte()) << shift }
            let score = Float(bitPattern: bits)
            guard score >= 0 && score <= 1 else { throw error("a score of \(score)") }
            return score
        }
    }
}
