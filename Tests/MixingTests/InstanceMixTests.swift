import Annotations
import ImageIO
import Mixing
import Randomness
import Testing

/// Images of 6x8 pixels: the source is black with class 1 everywhere, the target white with class 2.
@Suite struct InstanceMixTests {
    private static let (height, width) = (6, 8)

    private static func block(_ rows: ClosedRange<Int>, _ columns: ClosedRange<Int>) -> ObjectMask {
        ObjectMask(rows.map { PixelRun(row: $0, start: columns.lowerBound, end: columns.upperBound + 1) })
    }

    private static func object(
        _ trainID: UInt8, _ rows: ClosedRange<Int>, _ columns: ClosedRange<Int>, crowd: Bool = false,
        score: Float? = nil
    ) -> AnnotatedObject {
        AnnotatedObject(trainID: trainID, mask: block(rows, columns), isCrowd: crowd, score: score)
    }

    private static func image(_ color: UInt8, _ label: UInt8, _ objects: [AnnotatedObject]) -> AnnotatedImage {
        AnnotatedImage(
            image: RGBImage(height: height, width: width, channels: 3, filledWith: color),
            annotation: Annotation(
                classes: LabelMap(height: height, width: width, channels: 1, filledWith: label), objects: objects))
    }

    private func mixed(
        source: [AnnotatedObject], target: [AnnotatedObject], _ mix: InstanceMix = InstanceMix()
    ) throws -> (whites: Set<Int>, objects: [AnnotatedObject]) {
        var random = RandomStream(seed: 1, "test")
        let pair = MixingPair(
            step: 0, slot: 0, source: Self.image(0, 1, source), target: Self.image(255, 2, target), classes: [])
        let result = mix.mixture(of: pair, using: &random).mixed()
        let whites = (0..<Self.height * Self.width).filter { result.image.pixels[3 * $0] == 255 }
        return (Set(whites), try #require(result.annotation.objects))
    }

    private func pixels(_ objects: [AnnotatedObject]) -> Set<Int> {
        let map = objects.union(height: Self.height, width: Self.width)
        return Set(map.pixels.indices.filter { map.pixels[$0] == 1 })
    }

    @Test func aHalfCoveredObjectKeepsItsVisibleHalfWithTheBoxOfThat() throws {
        let pasted = Self.object(13, 0...3, 4...7, score: 0.9)
        let result = try mixed(source: [Self.object(11, 0...3, 2...5)], target: [pasted])
        #expect(result.whites == pixels([pasted]))
        #expect(result.objects == [Self.object(11, 0...3, 2...3), pasted])
        #expect(result.objects[0].box == PixelBox(top: 0, left: 2, height: 4, width: 2))
    }

    @Test func whatIsCoveredWholeIsGoneAndWhatIsNotTouchedStays() throws {
        let (free, pasted) = (Self.object(12, 4...5, 0...2), Self.object(13, 0...3, 1...6, score: 0.8))
        let result = try mixed(source: [Self.object(11, 1...2, 2...4), free], target: [pasted])
        #expect(result.objects == [free, pasted])
    }

    @Test func pastedMasksThatOverlapBothStayWhole() throws {
        let (first, second) = (Self.object(11, 0...3, 0...3, score: 0.9), Self.object(11, 2...5, 2...5, score: 0.8))
        let result = try mixed(source: [], target: [first, second])
        #expect(result.objects == [first, second])
        #expect(result.whites == pixels([first, second]))
    }

    /// A pixel that two labelled objects claim belongs to the later one.
    @Test func labelledObjectsBecomeDisjoint() throws {
        let result = try mixed(
            source: [Self.object(11, 0...3, 0...3), Self.object(12, 0...3, 2...5)],
            target: [Self.object(13, 4...5, 0...1, score: 0.9)])
        #expect(result.objects.map(\.trainID) == [11, 12, 13])
        #expect(result.objects[0].mask == Self.block(0...3, 0...1))
        #expect(result.objects[1].mask == Self.block(0...3, 2...5))
    }

    /// The box of first and last column has no width: nothing could be learnt from it. The pixels stay pasted.
    @Test func objectsOfASingleRowOrColumnAreDropped() throws {
        let thin = Self.object(14, 0...5, 7...7, score: 0.9)
        let wide = Self.object(13, 0...3, 1...3, score: 0.9)
        let result = try mixed(
            source: [Self.object(11, 0...3, 0...3), Self.object(12, 5...5, 0...4)], target: [thin, wide])
        #expect(result.objects == [wide])
        #expect(result.whites == pixels([thin, wide]))
    }

    @Test func groupsAreNotPastedAndClaimNothing() throws {
        let (pasted, group) = (Self.object(13, 0...1, 0...1, score: 0.9), Self.object(13, 4...5, 4...7, crowd: true))
        let (object, groupBelow) = (Self.object(11, 2...3, 0...3), Self.object(11, 2...3, 2...5, crowd: true))
        let result = try mixed(source: [object, groupBelow], target: [pasted, group])
        #expect(result.objects == [object, pasted])
        #expect(result.whites == pixels([pasted]))
    }

    /// The ablation: labelled objects over those of a teacher, which may overlap and are dropped where more than 0.6 of
    /// them is covered.
    @Test func sourceObjectsOverATeachers() throws {
        let mix = InstanceMix(.sourceToTarget, maxCoveredShare: 0.6)
        let source = [Self.object(11, 0...5, 0...2)]
        let target = [
            Self.object(13, 0...1, 0...4, score: 0.9),  // 6 of 10 covered
            Self.object(14, 2...3, 1...3, score: 0.3),  // 4 of 6
            Self.object(15, 0...1, 2...7, score: 0.1),  // 2 of 12
        ]
        let result = try mixed(source: source, target: target, mix)
        #expect(result.whites == Set(0..<48).subtracting(pixels(source)))
        #expect(result.objects.map(\.trainID) == [13, 15, 11])
        #expect(result.objects[0].mask == Self.block(0...1, 3...4))
        #expect(result.objects[1].mask == Self.block(0...1, 3...7), "a teacher's objects may overlap")
        #expect(result.objects[2] == source[0])
    }

    /// Where no threshold comes before it, as in a mixture of classes.
    @Test func pastedObjectsMustBeSureEnough() throws {
        let (sure, unsure) = (Self.object(13, 0...1, 0...2, score: 0.76), Self.object(13, 3...4, 0...2, score: 0.75))
        let result = try mixed(source: [], target: [unsure, sure], InstanceMix(.targetToSource, minScore: 0.75))
        #expect(result.objects == [sure] && result.whites == pixels([sure]))
        #expect(try mixed(source: [], target: [unsure, sure]).objects == [unsure, sure])
    }

    @Test func withoutObjectsToPasteTheImageStaysAsItIs() throws {
        let result = try mixed(source: [Self.object(11, 0...3, 0...3)], target: [])
        #expect(result.whites.isEmpty && result.objects == [Self.object(11, 0...3, 0...3)])
    }
}

@Suite struct ScoreThresholdsTests {
    private func object(_ trainID: UInt8, _ score: Float?) -> AnnotatedObject {
        AnnotatedObject(trainID: trainID, mask: ObjectMask([PixelRun(row: 0, start: 0, end: 1)]), score: score)
    }

    @Test func anObjectMustExceedTheThresholdOfItsClass() {
        let objects = [object(11, 0.75), object(11, 0.76), object(13, 0.5), object(13, 0.6), object(11, nil)]
        let thresholds = ScoreThresholds(0.75, ofClass: [13: 0.5])
        #expect(objects.surer(than: thresholds).map(\.score) == [0.76, 0.6, nil])
        #expect(objects.surer(than: ScoreThresholds(0)).count == 5)
    }

    /// With the threshold 1 of LIDAPS' study there is no instance mixing, even where a score is rounded to 1.
    @Test func nothingExceedsOne() {
        #expect([object(11, 1), object(12, 0.999)].surer(than: ScoreThresholds(1)).isEmpty)
        #expect([object(11, .nan)].surer(than: ScoreThresholds(0)).isEmpty)
    }
}

@Suite struct InvertedClassMixTests {
    /// Half of the teacher's classes are pasted into the source image, with the weights of pseudo-labels.
    @Test func targetClassesCoverTheSource() {
        func image(_ color: UInt8, _ labels: [UInt8], _ weights: [Float]?) -> AnnotatedImage {
            AnnotatedImage(
                image: RGBImage(height: 1, width: 4, channels: 3, filledWith: color),
                annotation: Annotation(classes: LabelMap(height: 1, width: 4, channels: 1, pixels: labels)),
                weights: weights)
        }
        let pair = MixingPair(
            step: 0, slot: 0, source: image(0, [9, 9, 8, 8], nil),
            target: image(255, [1, 2, 3, 1], [0.5, 0.5, 0, 0.5]),
            classes: [1, 2, 3])
        var (random, draws) = (RandomStream(seed: 4, "test"), RandomStream(seed: 4, "test"))
        let drawn = ClassMix.drawClasses(from: [1, 2, 3], using: &draws)
        let mixed = InvertedClassMix().mixture(of: pair, using: &random).mixed()
        #expect(drawn.count == 2)
        for pixel in 0..<4 {
            let label = pair.target.annotation.classes.pixels[pixel]
            let isPasted = drawn.contains(label)
            #expect(mixed.image.pixels[3 * pixel] == (isPasted ? 255 : 0))
            #expect(mixed.annotation.classes.pixels[pixel] == (isPasted ? label : [9, 9, 8, 8][pixel]))
            #expect(mixed.weights?[pixel] == (isPasted ? [0.5, 0.5, 0, 0.5][pixel] : 1))
        }
    }
}
