internal import Annotations
internal import ImageIO

/// SYNTHIA's (class, object) pairs as objects.
enum SYNTHIAObjects {
    /// Of each countable class one object a number, number 0 included, by class and number. Numbers mean nothing across
    /// classes, and numbers of other classes nothing at all.
    ///
    /// - Parameters:
    ///   - pairs: `[H, W, 3]`: class id, object number, unused.
    ///   - encoding: of the class ids.
    static func objects(in pairs: PixelImage<UInt16>, by encoding: LabelEncoding) -> [AnnotatedObject] {
        let numbers = numbered(pairs) { encoding.thing(of: $0) != nil }
        let found = ObjectMask.masks(in: numbers).compactMap { number, mask in
            number == none
                ? nil : encoding.thing(of: Int(number >> 16)).map { (trainID: $0, number: number, mask: mask) }
        }
        return found.sorted { ($0.trainID, $0.number) < ($1.trainID, $1.number) }.map {
            AnnotatedObject(trainID: $0.trainID, mask: $0.mask)
        }
    }

    /// Of pixels that are of no object; no class has such a number.
    private static let none = UInt32.max

    /// Class and object as one number.
    private static func numbered(_ pairs: PixelImage<UInt16>, isThing: (Int) -> Bool) -> PixelImage<UInt32> {
        let count = pairs.height * pairs.width
        // Neighbours mostly are of one class.
        var last = (classID: UInt16.max, isThing: isThing(Int(UInt16.max)))
        let pixels = [UInt32](unsafeUninitializedCapacity: count) { output, initialized in
            pairs.pixels.withUnsafeBufferPointer { source in
                for index in 0..<count {
                    let (classID, number) = (source[3 &* index], source[3 &* index &+ 1])
                    if classID != last.classID { last = (classID, isThing(Int(classID))) }
                    output[index] = last.isThing ? UInt32(classID) << 16 | UInt32(number) : none
                }
            }
            initialized = count
        }
        return PixelImage(height: pairs.height, width: pairs.width, channels: 1, pixels: pixels)
    }
}
