import Annotations
import ImageIO
import Mixing
import Randomness
import Testing

/// Images of 12x16 pixels: the source has a colour of its own a pixel (so that origins are told apart), class 1
/// everywhere; the target is white, with class 2. Objects below 4 pixels are not pasted, those of up to 9 with their
/// rectangle.
@Suite struct BidirectionalMixTests {
    private static let scene = MixingScene(height: 12, width: 16)

    private static var config: BidirectionalMix.Config {
        var config = BidirectionalMix.Config(directions: .both)
        config.rule = PastingRule(minArea: 4, maxPatchArea: 9)
        config.blur = .none
        return config
    }

    private typealias Objects = [AnnotatedObject]

    private static func object(
        _ trainID: UInt8, _ rows: ClosedRange<Int>, _ columns: ClosedRange<Int>, score: Float? = nil,
        crowd: Bool = false
    ) -> AnnotatedObject { scene.object(trainID, rows, columns, score: score, crowd: crowd) }

    /// An L: its rectangle has more pixels than it.
    private static func corner(
        _ trainID: UInt8, row: Int, column: Int, arm: Int, score: Float? = nil
    ) -> AnnotatedObject {
        let mask = ObjectMask((0..<arm).map {
            PixelRun(row: row + $0, start: column, end: column + ($0 == arm - 1 ? arm : 1))
        })
        return AnnotatedObject(trainID: trainID, mask: mask, score: score)
    }

    private struct Outcome {
        /// Pixels that are not the base image's.
        let pasted: Set<Int>
        let image: AnnotatedImage
        let objects: [AnnotatedObject]
    }

    private func mixed(
        source: Objects, target: Objects?, slot: Int, _ change: (inout BidirectionalMix.Config) -> Void = { _ in }
    ) throws -> Outcome {
        var config = Self.config
        change(&config)
        return try mixed(source: source, target: target, slot: slot, by: BidirectionalMix(config))
    }

    private func mixed(
        source: Objects, target: Objects?, slot: Int, step: Int = 0, by mix: BidirectionalMix
    ) throws -> Outcome {
        let pair = Self.scene.pair(source: source, target: target, step: step, slot: slot)
        var random = RandomStream(seed: 1, "test", step: step, rank: slot)
        let mixture = mix.mixture(of: pair, using: &random)
        let image = mixture.mixed()
        let pasted = (0..<Self.scene.area).filter {
            Self.scene.color(image.image, $0) != Self.scene.color(mixture.base.image, $0)
        }
        return Outcome(pasted: Set(pasted), image: image, objects: image.annotation.objects ?? [])
    }

    private func pixels(_ masks: ObjectMask...) -> Set<Int> { Self.scene.pixels(masks) }
    private func pixels(_ objects: AnnotatedObject...) -> Set<Int> { Self.scene.pixels(objects.map(\.mask)) }
    private func box(_ object: AnnotatedObject) -> Set<Int> { pixels(ObjectMask(filling: object.box)) }

    private static let seen = object(13, 9...11, 12...15, score: 0.95)

    // MARK: What is pasted

    @Test func smallObjectsComeWithTheirRectangleAndLargeOnesWithout() throws {
        let small = Self.corner(11, row: 0, column: 0, arm: 5)      // 9 pixels
        let large = Self.corner(12, row: 0, column: 8, arm: 6)      // 11 pixels
        let result = try mixed(source: [small, large], target: [Self.seen], slot: 0)
        #expect(result.pasted == box(small).union(pixels(large)))
        // The label is the mask alike.
        #expect(result.objects == [Self.seen, small, large])
    }

    @Test func objectsBelowTheLeastAreaGiveNeitherPixelsNorLabels() throws {
        let tiny = Self.object(11, 0...0, 0...2)
        let enough = Self.object(11, 2...2, 0...3)
        let forth = try mixed(source: [tiny, enough], target: [Self.seen], slot: 0)
        #expect(forth.pasted == pixels(enough) && forth.objects == [Self.seen, enough])
        let back = try mixed(
            source: [Self.object(12, 8...11, 0...3)], target: [Self.object(11, 0...0, 0...2, score: 0.99), Self.seen],
            slot: 1)
        #expect(back.pasted == pixels(Self.seen))
        #expect(back.objects == [Self.object(12, 8...11, 0...3), Self.seen])
    }

    @Test func defaultsAreThoseOfThePaperAndItsCode() {
        let config = BidirectionalMix.Config()
        #expect(config.rule == PastingRule(shape: .combined, minArea: 300, maxPatchArea: 1500))
        #expect(config.pool?.capacity == 10 && config.pool?.trimming == .strict && config.minScore == 0.9)
        #expect(config.directions == .triplet && config.blur == .once)
        #expect(!config.rectanglesCover && !config.keepsVanished && !config.mixesWithoutTargetObjects)
        func takesPatch(area: Int) -> Bool {
            let mask = ObjectMask((0...area / 2).map { (row: Int) -> PixelRun in
                PixelRun(row: row, start: 0, end: row == 0 ? area - area / 2 : 1)
            })
            let object = AnnotatedObject(trainID: 11, mask: mask)
            #expect(mask.area == area)
            return config.rule.region(of: object) != mask
        }
        #expect(takesPatch(area: 1500) && !takesPatch(area: 1501))
        #expect(config.rule.pastes(Self.scene.object(11, 0...0, 0...299)))
        #expect(!config.rule.pastes(Self.scene.object(11, 0...0, 0...298)))
    }

    @Test func oneShapeForAllObjects() throws {
        let (small, large) = (Self.corner(11, row: 0, column: 0, arm: 5), Self.corner(12, row: 0, column: 8, arm: 6))
        let masks = try mixed(source: [small, large], target: [Self.seen], slot: 0) { $0.rule.shape = .instance }
        #expect(masks.pasted == pixels(small, large))
        let boxes = try mixed(source: [small, large], target: [Self.seen], slot: 0) { $0.rule.shape = .patch }
        #expect(boxes.pasted == box(small).union(box(large)))
        #expect(masks.objects == boxes.objects)
    }

    @Test func groupsAreNeitherPastedNorLearnt() throws {
        let group = Self.object(11, 0...5, 0...5, crowd: true)
        #expect(try mixed(source: [group], target: [Self.seen], slot: 0).pasted.isEmpty)
        #expect(try mixed(source: [group], target: [Self.seen], slot: 1).objects == [Self.seen])
    }

    /// The classes and weights of the pixels come along, those of a rectangle too.
    @Test func classesFollowThePixels() throws {
        let small = Self.corner(11, row: 0, column: 0, arm: 5)
        let result = try mixed(source: [small], target: [Self.seen], slot: 0)
        for pixel in 0..<Self.scene.area {
            #expect(result.image.annotation.classes.pixels[pixel] == (box(small).contains(pixel) ? 1 : 2))
        }
        #expect(result.image.weights == (0..<Self.scene.area).map { box(small).contains($0) ? 1 : 0.5 })
    }

    // MARK: Labels

    @Test func pastedBeatsBaseInBothDirections() throws {
        let pasted = Self.object(11, 0...5, 0...5)
        let below = Self.object(13, 0...5, 4...7, score: 0.95)
        let forth = try mixed(source: [pasted], target: [below], slot: 0)
        #expect(forth.objects == [Self.object(13, 0...5, 6...7, score: 0.95), pasted])
        let back = try mixed(source: [pasted], target: [below], slot: 1)
        #expect(back.objects == [Self.object(11, 0...5, 0...3), below])
        // All sizes of labelled objects stay below, also those that would not be pasted.
        let tiny = Self.object(12, 11...11, 0...0)
        #expect(try mixed(source: [tiny], target: [below], slot: 1).objects == [tiny, below])
    }

    /// A teacher's objects may overlap: each keeps its whole mask.
    @Test func pastedObjectsAreNotTrimmedAgainstEachOther() throws {
        let first = Self.object(11, 0...3, 0...3, score: 0.95)
        let second = Self.object(13, 2...5, 2...5, score: 0.99)
        let result = try mixed(source: [], target: [first, second], slot: 1)
        #expect(result.objects == [first, second] && result.pasted == pixels(first, second))
    }

    @Test func labelsUnderARectangleStayUnlessAsked() throws {
        let small = Self.corner(11, row: 0, column: 0, arm: 5)
        let below = Self.object(13, 1...2, 2...3, score: 0.95)       // inside the rectangle, beside the mask
        #expect(box(small).isSuperset(of: pixels(below)) && pixels(small).isDisjoint(with: pixels(below)))
        let kept = try mixed(source: [small], target: [below], slot: 0)
        #expect(kept.objects == [below, small])
        let gone = try mixed(source: [small], target: [below, Self.seen], slot: 0) { $0.rectanglesCover = true }
        #expect(gone.objects == [Self.seen, small])
        let seenSmall = Self.corner(13, row: 0, column: 0, arm: 5, score: 0.95)
        let back = try mixed(source: [Self.object(11, 1...2, 2...3)], target: [seenSmall], slot: 1) {
            $0.rectanglesCover = true
        }
        #expect(back.objects == [seenSmall])
    }

    @Test func vanishedObjectsAreDroppedUnlessAsked() throws {
        let pasted = Self.object(11, 0...5, 0...7)
        let covered = Self.object(13, 1...2, 1...3, score: 0.95)
        #expect(try mixed(source: [pasted], target: [covered, Self.seen], slot: 0).objects == [Self.seen, pasted])
        let kept = try mixed(source: [pasted], target: [covered, Self.seen], slot: 0) { $0.keepsVanished = true }
        #expect(kept.objects.map(\.trainID) == [13, 13, 11])
        #expect(kept.objects[0].mask.isEmpty && kept.objects[1] == Self.seen)
        let back = try mixed(source: [Self.object(12, 9...10, 13...14)], target: [Self.seen], slot: 1) {
            $0.keepsVanished = true
        }
        #expect(back.objects.map(\.mask.area) == [0, 12])
    }

    // MARK: Which slots

    @Test func aTripletIsASourceImageAndOneOfEachDirection() throws {
        let (own, seen) = (Self.object(11, 0...3, 0...3), Self.seen)
        func outcome(_ slot: Int) throws -> Outcome {
            try mixed(source: [own], target: [seen], slot: slot) { $0.directions = .triplet }
        }
        for first in [0, 3, 6] {
            #expect(try outcome(first).pasted.isEmpty && outcome(first).objects == [own])
            #expect(try outcome(first + 1).pasted == pixels(own) && outcome(first + 1).objects == [seen, own])
            #expect(try outcome(first + 2).pasted == pixels(seen) && outcome(first + 2).objects == [own, seen])
        }
    }

    @Test func oneDirectionForAllSlots() throws {
        let (own, seen) = (Self.object(11, 0...3, 0...3), Self.seen)
        for slot in 0..<3 {
            let forth = try mixed(source: [own], target: [seen], slot: slot) { $0.directions = .sourceToTarget }
            #expect(forth.objects == [seen, own])
            let back = try mixed(source: [own], target: [seen], slot: slot) { $0.directions = .targetToSource }
            #expect(back.objects == [own, seen])
        }
    }

    @Test func aTargetWithoutObjectsLeavesTheSourceImageUnlessAsked() throws {
        let own = Self.object(11, 0...3, 0...3)
        for unsure in [[], [Self.object(13, 9...11, 12...15, score: 0.9)]] {
            for slot in 0..<2 {
                let result = try mixed(source: [own], target: unsure, slot: slot)
                #expect(result.pasted.isEmpty && result.objects == [own])
                #expect(result.image.image == Self.scene.source)
            }
            let mixed = try mixed(source: [own], target: unsure, slot: 0) { $0.mixesWithoutTargetObjects = true }
            #expect(mixed.pasted == pixels(own) && mixed.objects == [own])
        }
    }

    @Test func objectsOfTheTargetNeedNotBeKnownFromSourceToTarget() throws {
        let result = try mixed(source: [Self.object(11, 0...3, 0...3)], target: nil, slot: 1) {
            $0.directions = .sourceToTarget
        }
        #expect(result.pasted.count == 16 && result.image.annotation.objects == nil)
    }

    // MARK: Blur

    private func color(_ outcome: Outcome, _ pixel: Int) -> [UInt8] { Self.scene.color(outcome.image.image, pixel) }

    @Test func theSourceIsBlurredOnceBeforeItsObjectsAreCutOut() throws {
        let (first, second) = (Self.object(11, 0...3, 0...3), Self.object(12, 6...9, 8...11))
        let soft = Self.scene.source.softened()
        let result = try mixed(source: [first, second], target: [Self.seen], slot: 0) { $0.blur = .once }
        for pixel in pixels(first, second) { #expect(color(result, pixel) == Self.scene.color(soft, pixel)) }
        #expect(color(result, 15) == [255, 255, 255], "the target is not blurred")
        let back = try mixed(source: [first], target: [Self.seen], slot: 1) { $0.blur = .once }
        #expect(pixels(Self.seen).allSatisfy { color(back, $0) == [255, 255, 255] })
        #expect(color(back, 0) == Self.scene.color(Self.scene.source, 0), "nor is the source where it is the base")
    }

    /// As released: the image is blurred when the first object of the list has been cut out.
    @Test func theReleasedBlurLeavesTheFirstObjectSharp() throws {
        let (first, second) = (Self.object(11, 0...3, 0...3), Self.object(12, 2...9, 2...11))
        let soft = Self.scene.source.softened()
        let result = try mixed(source: [first, second], target: [Self.seen], slot: 0) { $0.blur = .afterFirst }
        for pixel in pixels(first).subtracting(pixels(second)) {
            #expect(color(result, pixel) == Self.scene.color(Self.scene.source, pixel))
        }
        // Later objects lie over earlier ones.
        for pixel in pixels(second) { #expect(color(result, pixel) == Self.scene.color(soft, pixel)) }
        let tiny = Self.object(11, 11...11, 0...1)
        let sharp = try mixed(source: [tiny, second], target: [Self.seen], slot: 0) { $0.blur = .afterFirst }
        for pixel in pixels(second) { #expect(color(sharp, pixel) == Self.scene.color(Self.scene.source, pixel)) }
    }
}
