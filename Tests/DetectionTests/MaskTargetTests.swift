import Annotations
import Detection
import ImageIO
import Testing
import _TestSupport
import WeightFiles

struct MaskTargetTests {
    private func masks(_ fixture: DetectionFixture, _ name: String) throws -> [ObjectMask] {
        let (shape, values) = (try fixture.shape(name), try fixture.integers(name))
        let (height, width) = (shape[1], shape[2])
        return (0..<shape[0]).map { number in
            let pixels = values[number * height * width..<(number + 1) * height * width].map { UInt8($0) }
            return ObjectMask(ofNonzero: LabelMap(height: height, width: width, channels: 1, pixels: pixels))
        }
    }

    @Test(arguments: [7, 28]) func sharesAgreeWithRoIAlign(_ size: Int) throws {
        let fixture = try DetectionFixture()
        let masks = try masks(fixture, "target.masks")
        let expected = try fixture.floats("target.\(size)")
        for (place, box) in try fixture.boxes("target.boxes").enumerated() {
            let shares = masks[place % 3].shares(in: box, size: size, height: 50, width: 60)
            let wanted = Array(expected[place * size * size..<(place + 1) * size * size])
            expectClose(shares.map { Float($0) } + [1], wanted + [1], tolerance: 1e-6, "box \(place)")
            let target = masks[place % 3].target(in: box, size: size, height: 50, width: 60)
            #expect(target == wanted.map { $0 >= 0.5 - 1e-6 ? 1 : 0 }, "box \(place)")
        }
    }

    @Test func aMaskThatFillsItsBoxIsOneEverywhere() {
        let mask = ObjectMask((3..<40).map { PixelRun(row: $0, start: 5, end: 50) })
        let target = mask.target(in: Box(inclusive: mask.box), size: 28, height: 60, width: 60)
        #expect(target == [Float](repeating: 1, count: 28 * 28))
    }

    /// Bins of two pixels whose border is the mask's: half by construction.
    @Test func aShareOfExactlyHalfCounts() {
        let mask = ObjectMask((0..<12).map { PixelRun(row: $0, start: 0, end: 5) })
        let target = mask.target(in: Box(x1: 0.5, y1: 0.5, x2: 12.5, y2: 8.5), size: 4, height: 20, width: 20)
        let shares = mask.shares(in: Box(x1: 0.5, y1: 0.5, x2: 12.5, y2: 8.5), size: 4, height: 20, width: 20)
        for (target, share) in zip(target, shares) { #expect((target == 1) == (share > 0.5 - 1e-7)) }
        #expect(shares.contains { abs($0 - 0.5) < 0.2 })
    }

    @Test func boxesWithoutAreaOrOutsideGiveZeros() {
        let mask = ObjectMask((0..<20).map { PixelRun(row: $0, start: 0, end: 20) })
        let zeros = [Float](repeating: 0, count: 28 * 28)
        for box in [
            Box(x1: 3, y1: 3, x2: 3, y2: 9), Box(x1: 30, y1: 3, x2: 40, y2: 9), Box(x1: .nan, y1: 0, x2: 4, y2: 4),
            Box(x1: 9, y1: 3, x2: 4, y2: 9),
        ] {
            #expect(mask.target(in: box, size: 28, height: 20, width: 20) == zeros)
        }
        #expect(ObjectMask().target(in: Box(x1: 0, y1: 0, x2: 9, y2: 9), size: 28, height: 20, width: 20) == zeros)
    }

    // MARK: - Pasting

    @Test func pastedMasksAgreeWithGridSample() throws {
        let fixture = try DetectionFixture()
        let (maps, expected) = (try fixture.floats("paste.maps"), try masks(fixture, "paste"))
        for (place, box) in try fixture.boxes("paste.boxes").enumerated() {
            let pasted = ObjectMask(
                pasting: maps[place * 784..<(place + 1) * 784], size: 28, in: box, height: 70, width: 90)
            #expect(pasted == expected[place], "box \(place)")
        }
    }

    @Test func aFullMapFillsItsBox() {
        let ones = [Float](repeating: 1, count: 784)
        let mask = ObjectMask(
            pasting: ones[...], size: 28, in: Box(x1: 3, y1: 5, x2: 20, y2: 11), height: 30, width: 30)
        #expect(mask.box == PixelBox(top: 5, left: 3, height: 6, width: 17))
        // Where both axes fall to a half, a corner is a quarter.
        #expect(mask.area == 6 * 17 || mask.area == 6 * 17 - 4)
    }

    @Test func anythingCanBePastedAnywhere() {
        let ones = [Float](repeating: 1, count: 784)
        for box in [
            Box(x1: 3, y1: 3, x2: 3, y2: 9), Box(x1: .nan, y1: 0, x2: 4, y2: 4), Box(x1: 50, y1: 50, x2: 60, y2: 60),
            Box(x1: -.infinity, y1: 0, x2: .infinity, y2: 9), Box(x1: 5, y1: 5, x2: 4, y2: 9),
            Box(x1: 4.2, y1: 4.2, x2: 4.3, y2: 4.3),
        ] {
            #expect(ObjectMask(pasting: ones[...], size: 28, in: box, height: 30, width: 30).isEmpty, "\(box)")
        }
        let everywhere = Box(x1: -1e30, y1: -1e30, x2: 1e30, y2: 1e30)
        #expect(ObjectMask(pasting: ones[...], size: 28, in: everywhere, height: 30, width: 30).area == 900)
        let nothing = [Float](repeating: .nan, count: 783) + [.infinity]
        let box = Box(x1: 0, y1: 0, x2: 30, y2: 30)
        #expect(ObjectMask(pasting: nothing[...], size: 28, in: box, height: 30, width: 30).isEmpty)
    }

    /// Thousands of rows of a hundred detections; seconds would show that pixels are looked at one by one. Of this
    /// thread's processor time, as the machine may be busy.
    @Test func aHundredLargeDetectionsArePastedQuickly() {
        let map = (0..<784).map { place -> Float in
            let (row, column) = (Float(place / 28 - 14), Float(place % 28 - 14))
            return 1.5 - (row * row + column * column) / 100
        }
        let start = threadSeconds()
        var area = 0
        for number in 0..<100 {
            let box = Box(x1: Float(number), y1: Float(number), x2: 2048, y2: 1024)
            area += ObjectMask(pasting: map[...], size: 28, in: box, height: 1024, width: 2048).area
        }
        let seconds = threadSeconds() - start
        #expect(area > 50_000_000)
        #expect(seconds < 5)
    }
}
