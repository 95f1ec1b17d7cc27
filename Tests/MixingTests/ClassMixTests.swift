import Annotations
import ImageIO
import Mixing
import Randomness
import Testing

private func labels(_ rows: [[UInt8]]) -> LabelMap {
    LabelMap(height: rows.count, width: rows.first?.count ?? 0, channels: 1, pixels: rows.flatMap { $0 })
}

@Suite struct ClassMixTests {
    let source = labels([[0, 0, 1, 1], [0, 255, 1, 1], [2, 2, 2, 255], [2, 0, 1, 2]])
    let pseudo = labels([[7, 7, 7, 7], [8, 8, 8, 8], [7, 8, 7, 8], [9, 9, 9, 9]])

    @Test func marksThePixelsOfDrawnClasses() {
        let mask = ClassMix.mask(of: source, classes: [1, 255])
        #expect(mask == labels([[0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 1, 0]]))
        #expect(mask.pixels.count { $0 == 1 } == 7)
    }

    @Test func keepsTargetPixelsOutsideMask() {
        let mask = ClassMix.mask(of: source, classes: [1, 255])
        let label = pseudo.pasting(source, where: mask)
        #expect(label == labels([[7, 7, 1, 1], [8, 255, 1, 1], [7, 8, 7, 255], [9, 9, 1, 9]]))
    }

    @Test func mixesColoursPixelByPixel() {
        let mask = labels([[0, 1], [1, 0]])
        let from = RGBImage(height: 2, width: 2, channels: 3, pixels: (0..<12).map { $0 })
        let onto = RGBImage(height: 2, width: 2, channels: 3, pixels: (100..<112).map { $0 })
        #expect(
            onto.pasting(from, where: mask).pixels
                == [100, 101, 102, 3, 4, 5, 6, 7, 8, 109, 110, 111])
        let ids = InstanceMap(height: 2, width: 2, channels: 1, pixels: [26000, 26001, 7, 8])
        let none = InstanceMap(height: 2, width: 2, channels: 1, filledWith: 0)
        #expect(none.pasting(ids, where: mask).pixels == [0, 26001, 7, 0])
    }

    @Test(arguments: [(0, 0), (1, 1), (4, 2), (5, 3), (20, 10)])
    func drawsHalfOfTheClassesRoundedUp(count: Int, drawn: Int) {
        var random = RandomStream(seed: 3, "test")
        let candidates = (0..<count).map { UInt8($0) }
        let classes = ClassMix.drawClasses(from: candidates, using: &random)
        #expect(classes.count == drawn)
        #expect(Set(classes).count == drawn)
        #expect(Set(classes).isSubset(of: candidates))
    }

    @Test func everyClassIsDrawnEquallyOften() {
        var random = RandomStream(seed: 5, "test")
        var counts = [0, 0, 0, 0, 0]
        for _ in 0..<2000 {
            for value in ClassMix.drawClasses(from: [0, 1, 2, 3, 4], using: &random) { counts[Int(value)] += 1 }
        }
        // 2000 draws of 3 in 5: 1200 each; five standard deviations are 110.
        for count in counts { #expect(abs(count - 1200) < 110) }
    }

    @Test func theStrategyPastesThePixelsOfItsClasses() {
        var (random, same) = (RandomStream(seed: 1, "mix"), RandomStream(seed: 1, "mix"))
        let image = RGBImage(height: 4, width: 4, channels: 3, filledWith: 9)
        let pair = MixingPair(
            step: 0, slot: 0, source: AnnotatedImage(image: image, annotation: Annotation(classes: source)),
            target: AnnotatedImage(image: image, annotation: Annotation(classes: pseudo)), classes: [0, 1, 2, 255])
        let mixture = ClassMix().mixture(of: pair, using: &random)
        let drawn = ClassMix.drawClasses(from: [0, 1, 2, 255], using: &same)
        #expect(mixture.pastes.map(\.mask) == [ClassMix.mask(of: source, classes: drawn)])
        #expect(
            mixture.mixed().annotation.classes
                == pseudo.pasting(source, where: ClassMix.mask(of: source, classes: drawn)))
    }

    @Test func emptyImagesMixToEmptyImages() {
        let empty = LabelMap(height: 0, width: 3, channels: 1, pixels: [])
        #expect(empty.pasting(empty, where: ClassMix.mask(of: empty, classes: [1])) == empty)
    }

    @Test func imagesOfDifferentSizesStop() async {
        await #expect(processExitsWith: .failure) {
            let small = LabelMap(height: 1, width: 1, channels: 1, filledWith: 0)
            let large = LabelMap(height: 2, width: 1, channels: 1, filledWith: 0)
            _ = large.pasting(small, where: small)
        }
    }
}
