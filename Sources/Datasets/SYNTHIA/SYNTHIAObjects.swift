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
        let numbers = pairs.pairs(whereFirst: { encoding.thing(of: $0) != nil }, other: none)
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
}
