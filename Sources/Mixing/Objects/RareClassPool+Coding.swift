internal import Annotations

extension RareClassPool {
    /// The objects as bytes, for checkpoints; empty for none. For each entry: height and width of its crop and the
    /// number of bytes of the coded object and region (4 bytes each, lowest first), these bytes (`ObjectCoding`),
    /// colours, classes.
    public func encodedEntries() -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            var region = entry.object
            region.mask = entry.region
            let objects = ObjectCoding.encode([entry.object, region])
            for number in [entry.height, entry.width, objects.count] {
                withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
            }
            bytes += objects
            bytes += entry.colors
            bytes += entry.classes
        }
        return bytes
    }

    /// The entries that `encodedEntries` made these bytes of.
    ///
    /// - Throws: for other bytes.
    public static func entries(encoded bytes: [UInt8]) throws(RareClassPoolError) -> [Entry] {
        var reader = Reader(bytes: bytes[...])
        var entries: [Entry] = []
        while !reader.bytes.isEmpty { entries.append(try reader.entry()) }
        return entries
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) throws(RareClassPoolError) -> ArraySlice<UInt8> {
            guard count <= bytes.count else { throw RareClassPoolError("its bytes end early") }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        mutating func number() throws(RareClassPoolError) -> Int {
            Int(try take(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }

        mutating func entry() throws(RareClassPoolError) -> Entry {
            let (height, width, count) = (try number(), try number(), try number())
            let coded = Array(try take(count))
            let objects: [AnnotatedObject]
            do throws(ObjectCodingError) {
                objects = try ObjectCoding.decode(coded, height: height, width: width)
            } catch { throw RareClassPoolError("\(error)") }
            guard objects.count == 2 else { throw RareClassPoolError("\(objects.count) masks where two belong") }
            let region = objects[1].mask
            guard objects[0].mask.intersection(with: region) == objects[0].mask.area else {
                throw RareClassPoolError("an object does not lie in what is pasted with it")
            }
            return Entry(
                height: height, width: width, object: objects[0], region: region,
                colors: Array(try take(3 * region.area)), classes: Array(try take(region.area)))
        }
    }
}

/// Bytes that hold no pool.
public struct RareClassPoolError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
