import ImageIO
import Mixing
import Randomness
import Testing

@Suite struct ClassMixTests {
    private let labels = LabelMap(
        height: 4, width: 4, channels: 1,
        pixels: [
            0, 0, 1, 1,
            0, 0, 1, 255,
            2, 2, 1, 255,
            2, 2, 3, 3,
        ])

    @Test func theIgnoreLabelIsACandidate() {
        #expect(ClassMix.classes(in: [labels]) == [0, 1, 2, 3, 255])
        #expect(ClassMix.classes(in: []) == [])
    }

    @Test func halfOfTheClassesAreDrawnRoundedUp() {
        var random = RandomStream(seed: 1, "class-mix")
        let drawn = ClassMix.drawClasses(from: [0, 1, 2, 3, 255], using: &random)
        #expect(drawn.count == 3 && Set(drawn).count == 3)
    }

    @Test func keepsTargetPixelsOutsideTheMask() {
        let mask = ClassMix.mask(of: labels, classes: [1, 2])
        #expect(mask.pixels == [0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0])
        let source = RGBImage(height: 4, width: 4, channels: 3, filledWith: 9)
        let target = RGBImage(height: 4, width: 4, channels: 3, filledWith: 5)
        let mixed = ClassMix.mix(source: source, target: target, mask: mask)
        #expect(mixed.pixels == mask.pixels.flatMap { $0 == 1 ? [9, 9, 9] : [5, 5, 5] })
        let mixedLabels = ClassMix.mix(
            source: labels, target: LabelMap(height: 4, width: 4, channels: 1, filledWith: 7), mask: mask)
        #expect(mixedLabels.pixels == [7, 7, 1, 1, 7, 7, 1, 7, 2, 2, 1, 7, 2, 2, 7, 7])
    }
}
