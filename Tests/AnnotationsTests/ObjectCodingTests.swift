import Annotations
import ImageIO
import Randomness
import Testing

@Suite struct ObjectCodingTests {
    /// More objects than a byte counts, overlapping, at the borders, one with every kind of fact.
    private static func objects(_ count: Int, height: Int, width: Int, seed: UInt64 = 3) -> [AnnotatedObject] {
        var random = RandomStream(seed: seed, "objects")
        return (0..<count).map { index in
            let (top, left) = (random.integer(below: height), random.integer(below: width))
            let runs = (top..<min(height, top + 1 + index % 5)).map { row in
                PixelRun(row: row, start: left, end: 1 + left + random.integer(below: width - left))
            }
            return AnnotatedObject(
                trainID: UInt8(index % 256), mask: ObjectMask(runs), isCrowd: index % 7 == 0,
                score: index % 3 == 0 ? Float(index % 11) / 10 : nil)
        }
    }

    @Test(arguments: [0, 1, 2, 300]) func objectsComeBackAsTheyWere(count: Int) throws {
        let objects = Self.objects(count, height: 90, width: 400)
        let bytes = ObjectCoding.encode(objects)
        #expect(try ObjectCoding.decode(bytes, height: 90, width: 400) == objects)
    }

    @Test func anObjectTakesAFewBytesARow() {
        let disc = LabelMap(
            height: 100, width: 100, channels: 1,
            pixels: (0..<10_000).map {
                ($0 / 100 - 50) * ($0 / 100 - 50) + ($0 % 100 - 50) * ($0 % 100 - 50) < 2000 ? 1 : 0
            })
        let bytes = ObjectCoding.encode([AnnotatedObject(trainID: 1, mask: ObjectMask(ofNonzero: disc))])
        #expect(bytes.count < 3 * 90 + 10)
    }

    @Test func aTwoByThreeObjectIsTheseBytes() {
        let object = AnnotatedObject(
            trainID: 13, mask: ObjectMask([PixelRun(row: 300, start: 5, end: 7), PixelRun(row: 301, start: 6, end: 8)]),
            isCrowd: true)
        // One object; class, flags; top 300 = 44 + 2 * 128, left, height, width, runs; gap and length of each.
        #expect(ObjectCoding.encode([object]) == [1, 13, 1, 172, 2, 5, 2, 3, 2, 0, 2, 2, 2])
    }

    @Test func damagedBytesAreErrorsAndNeverTrap() {
        let bytes = ObjectCoding.encode(Self.objects(5, height: 20, width: 30))
        for end in 0..<bytes.count {
            #expect(throws: ObjectCodingError.self) {
                try ObjectCoding.decode(Array(bytes[..<end]), height: 20, width: 30)
            }
        }
        #expect(throws: ObjectCodingError.self) { try ObjectCoding.decode(bytes + [0], height: 20, width: 30) }
        var random = RandomStream(seed: 1, "damage")
        for _ in 0..<2000 {
            var damaged = bytes
            damaged[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256))
            guard let objects = try? ObjectCoding.decode(damaged, height: 20, width: 30) else { continue }
            // Still objects, other ones: they lie inside the image.
            for object in objects { #expect(object.box.bottom <= 20 && object.box.right <= 30 && object.mask.area > 0) }
        }
    }

    @Test func objectsOfALargerImageAreRefused() {
        let bytes = ObjectCoding.encode([
            AnnotatedObject(trainID: 0, mask: ObjectMask([PixelRun(row: 4, start: 4, end: 9)]))
        ])
        #expect(throws: ObjectCodingError(offset: 7, reason: "5 where at most 4 is possible")) {
            try ObjectCoding.decode(bytes, height: 5, width: 8)
        }
    }
}
