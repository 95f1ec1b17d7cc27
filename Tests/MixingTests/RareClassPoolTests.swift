import Annotations
import Configuration
import ImageIO
import Mixing
import Randomness
import Testing

@Suite struct RareClassPoolTests {
    private static let scene = MixingScene(height: 12, width: 16)
    private static let seen = scene.object(13, 10...11, 0...3, score: 0.95)

    /// Of the class 16, at a place of its own.
    private static func rare(_ place: Int, trainID: UInt8 = 16) -> AnnotatedObject {
        scene.object(trainID, 0...1, place...place + 1)
    }

    private static func mix(
        _ rareClasses: Set<UInt8> = [16], _ change: (inout BidirectionalMix.Config) -> Void = { _ in }
    ) -> BidirectionalMix {
        var config = BidirectionalMix.Config(directions: .sourceToTarget)
        config.rule = PastingRule(minArea: 4, maxPatchArea: 9)
        config.blur = .none
        change(&config)
        return BidirectionalMix(config, rareClasses: rareClasses)
    }

    private func mixed(
        _ mix: BidirectionalMix, source: [AnnotatedObject], target: [AnnotatedObject]? = [seen], step: Int = 0,
        slot: Int = 0
    ) -> AnnotatedImage {
        var random = RandomStream(seed: 1, "test", step: step, rank: slot)
        return mix.mixture(
            of: Self.scene.pair(source: source, target: target, step: step, slot: slot), using: &random
        ).mixed()
    }

    private func places(_ entries: [RareClassPool.Entry]) -> [Int] { entries.map(\.object.box.left) }

    /// Objects of rare classes that were pasted are remembered, with the pixels that were pasted with them.
    @Test func rareObjectsAreRemembered() {
        let mix = Self.mix()
        let large = Self.scene.object(16, 4...7, 4...9)
        let (other, tiny) = (Self.scene.object(11, 6...9, 0...3), Self.scene.object(16, 11...11, 15...15))
        _ = mixed(mix, source: [Self.rare(3), other, large, tiny])
        let pool = mix.pool(ofSlot: 0)
        #expect(pool.map(\.object) == [Self.rare(3), large], "not one that was too small to be pasted")
        let pixels = Self.scene.pixels([large.mask]).sorted()
        #expect(pool[1].colors == pixels.flatMap { Self.scene.color(Self.scene.source, $0) })
        #expect(pool[1].classes.allSatisfy { $0 == 1 } && pool[1].classes.count == 24)
    }

    @Test func thePoolForgetsTheOldestFirst() {
        let mix = Self.mix()
        for place in 0..<13 { _ = mixed(mix, source: [Self.rare(place)], step: place) }
        #expect(places(mix.pool(ofSlot: 0)) == Array(3..<13))
        _ = mixed(mix, source: (0..<12).map { Self.rare($0) }, step: 13)
        #expect(places(mix.pool(ofSlot: 0)) == Array(2..<12), "also within one image")
    }

    @Test func onlyMixturesWithoutARareObjectGetSomeOfThem() {
        let mix = Self.mix()
        _ = mixed(mix, source: [Self.rare(0)])
        let again = mixed(mix, source: [Self.rare(8)], step: 1)
        #expect(again.annotation.objects == [Self.seen, Self.rare(8)])
        let without = mixed(mix, source: [Self.scene.object(11, 6...9, 0...3)], step: 2)
        #expect(without.annotation.objects?.filter { $0.trainID == 16 }.count == 1)
        #expect(mix.pool(ofSlot: 0).count == 2, "what is drawn stays in the pool")
    }

    /// Half of the pool, rounded down, but one where there is only one; none twice.
    @Test(arguments: [(1, 1), (2, 1), (3, 1), (4, 2), (7, 3), (10, 5)])
    func halfOfThePoolIsDrawn(count: Int, drawn: Int) {
        let mix = Self.mix()
        _ = mixed(mix, source: (0..<count).map { Self.rare($0 % 7 * 2) }.enumerated().map { index, object in
            index < 7 ? object : Self.scene.object(16, 4...5, (index - 7) * 2...(index - 7) * 2 + 1)
        })
        #expect(mix.pool(ofSlot: 0).count == count)
        var seen: Set<[Int]> = []
        for step in 1..<40 {
            let objects = mixed(mix, source: [], step: step).annotation.objects ?? []
            let rare = objects.filter { $0.trainID == 16 }
            #expect(rare.count == drawn && Set(rare.map { "\($0.box)" }).count == drawn)
            seen.insert(rare.map { $0.box.top * 16 + $0.box.left }.sorted())
        }
        #expect(count == 1 ? seen.count == 1 : seen.count > 1, "draws differ from step to step")
    }

    /// Drawn objects lie on top: labels that were selected before, and those of the target, lose their pixels.
    @Test func drawnObjectsCoverWhatWasSelected() throws {
        let mix = Self.mix()
        let rare = Self.scene.object(16, 0...3, 0...3)
        _ = mixed(mix, source: [rare])
        let own = Self.scene.object(11, 2...5, 2...5)
        let result = mixed(
            mix, source: [own], target: [Self.scene.object(13, 0...1, 0...9, score: 0.95)], step: 1)
        let objects = try #require(result.annotation.objects)
        #expect(objects.map(\.trainID) == [13, 11, 16])
        #expect(objects[0].mask == Self.scene.object(13, 0...1, 4...9).mask)
        let visible = Self.scene.pixels([own.mask]).subtracting(Self.scene.pixels([rare.mask]))
        #expect(Self.scene.pixels([objects[1].mask]) == visible)
        #expect(objects[2] == rare)
        for pixel in Self.scene.pixels([rare.mask, own.mask]) {
            #expect(Self.scene.color(result.image, pixel) == Self.scene.color(Self.scene.source, pixel))
        }
    }

    @Test func smallRareObjectsComeWithTheirRectangle() {
        let mix = Self.mix()
        let corner = AnnotatedObject(
            trainID: 16, mask: ObjectMask([
                PixelRun(row: 0, start: 0, end: 1), PixelRun(row: 1, start: 0, end: 1),
                PixelRun(row: 2, start: 0, end: 3),
            ]))
        _ = mixed(mix, source: [corner])
        let result = mixed(mix, source: [], step: 1)
        let pasted = (0..<Self.scene.area).filter { Self.scene.color(result.image, $0) != [255, 255, 255] }
        #expect(Set(pasted) == Self.scene.pixels([ObjectMask(filling: corner.box)]))
        #expect(result.annotation.objects == [Self.seen, corner])
        #expect(result.annotation.classes.pixels[1] == 1 && result.weights?[1] == 1 && result.weights?[3] == 0.5)
    }

    /// They are remembered as they were pasted, from the blurred image; as released even the first, which is pasted
    /// sharp.
    @Test func rareObjectsAreRememberedBlurred() {
        let soft = Self.scene.source.softened()
        for blur in [BidirectionalMix.Blur.once, .afterFirst] {
            let mix = Self.mix { $0.blur = blur }
            let rare = Self.scene.object(16, 4...7, 4...9)
            let result = mixed(mix, source: [rare])
            let pixels = Self.scene.pixels([rare.mask]).sorted()
            #expect(mix.pool(ofSlot: 0)[0].colors == pixels.flatMap { Self.scene.color(soft, $0) })
            let isSharp = pixels.allSatisfy {
                Self.scene.color(result.image, $0) == Self.scene.color(Self.scene.source, $0)
            }
            #expect(isSharp == (blur == .afterFirst))
        }
    }

    /// A slot that stays the source image, or goes from target to source, neither remembers nor draws.
    @Test func otherSlotsHaveNoPool() {
        let mix = Self.mix { $0.directions = .triplet }
        for slot in [0, 2, 3, 5] { _ = mixed(mix, source: [Self.rare(0)], slot: slot) }
        #expect([0, 2, 3, 5].allSatisfy { mix.memory(ofSlot: $0).isEmpty })
        _ = mixed(mix, source: [Self.rare(0)], slot: 1)
        #expect(places(mix.pool(ofSlot: 1)) == [0] && mix.pool(ofSlot: 4).isEmpty)
        let empty = mixed(mix, source: [Self.rare(3)], target: [], slot: 4)
        #expect(empty.annotation.objects == [Self.rare(3)] && mix.pool(ofSlot: 4).isEmpty)
    }

    @Test func withoutRareClassesNothingIsRemembered() {
        let mix = Self.mix([])
        _ = mixed(mix, source: [Self.rare(0)])
        #expect(mix.memory(ofSlot: 0).isEmpty)
    }

    @Test func aMemoryGoesOnElsewhere() throws {
        let (first, second) = (Self.mix(), Self.mix())
        let large = Self.scene.object(16, 4...8, 4...9)
        for place in 0..<4 { _ = mixed(first, source: [Self.rare(place), large], step: place) }
        try second.restore(first.memory(ofSlot: 0), ofSlot: 0)
        #expect(second.pool(ofSlot: 0) == first.pool(ofSlot: 0))
        #expect(second.memory(ofSlot: 0) == first.memory(ofSlot: 0))
        let images = [first, second].map { mixed($0, source: [], step: 9) }
        #expect(images[0].image == images[1].image && images[0].annotation == images[1].annotation)
        try second.restore([], ofSlot: 0)
        #expect(second.pool(ofSlot: 0).isEmpty)
    }

    @Test func aDamagedMemoryIsRefused() {
        let mix = Self.mix()
        _ = mixed(mix, source: [Self.rare(0)])
        let memory = mix.memory(ofSlot: 0)
        for damaged in [Array(memory.dropLast()), memory + [1], Array(repeating: 255, count: memory.count), [1, 2, 3]] {
            #expect {
                try mix.restore(damaged, ofSlot: 5)
            } throws: {
                "\($0)".hasPrefix("what mixing remembers of slot 5 cannot be used: ")
            }
        }
        // A region that does not hold its object.
        var wrong = memory
        wrong[12 + 8] ^= 0x7F
        #expect(throws: (any Error).self) { try mix.restore(wrong, ofSlot: 0) }
    }

    /// They have no place in crops of another size.
    @Test func objectsOfOtherCropsAreForgotten() throws {
        let mix = Self.mix()
        _ = mixed(mix, source: [Self.rare(0)])
        let other = MixingScene(height: 8, width: 8)
        var random = RandomStream(seed: 1, "test")
        let pair = other.pair(source: [], target: [other.object(13, 4...7, 0...3)])
        let result = mix.mixture(of: pair, using: &random).mixed()
        #expect(result.annotation.objects?.count == 1 && mix.pool(ofSlot: 0).isEmpty)
    }

    /// UDA4Inst's code forgets four when it has drawn from more than ten.
    @Test func theReleasedPoolIsTrimmedAfterADraw() {
        let mix = Self.mix { $0.pool?.trimming = .afterDraw }
        for place in 0..<13 { _ = mixed(mix, source: [Self.rare(place)], step: place) }
        #expect(mix.pool(ofSlot: 0).count == 13)
        let drawn = mixed(mix, source: [], step: 20).annotation.objects?.filter { $0.trainID == 16 }
        #expect(drawn?.isEmpty == false && places(mix.pool(ofSlot: 0)) == Array(4..<13))
        _ = mixed(mix, source: [], step: 21)
        #expect(mix.pool(ofSlot: 0).count == 9, "not from ten or fewer")
        for place in 0..<200 { _ = mixed(mix, source: [Self.rare(place % 13)], step: 30 + place) }
        #expect(mix.pool(ofSlot: 0).count == 100, "bounded all the same")
    }
}

@Suite struct RareClassesTests {
    /// UrbanSyn's: of person, rider, motorcycle and bicycle the motorcycle, of car, truck, bus and train the train.
    @Test func theRarestClassOfEachGroupIsRare() {
        let counts = [900, 300, 2000, 200, 150, 20, 120, 260]
        #expect(RareClasses.rarest(counts: counts, groups: [[0, 1, 6, 7], [2, 3, 4, 5]]) == [6, 5])
    }

    /// SYNTHIA has neither trains nor trucks.
    @Test func classesWithoutObjectsAreNotRare() {
        let counts = [900, 300, 2000, 0, 150, 0, 120, 260]
        #expect(RareClasses.rarest(counts: counts, groups: [[0, 1, 6, 7], [2, 3, 4, 5]]) == [6, 4])
        #expect(RareClasses.rarest(counts: counts, groups: [[3, 5]]).isEmpty)
        #expect(RareClasses.rarest(counts: [5, 5, 5], groups: [[2, 1]]) == [1])
    }

    private static let facts = MixingFacts(
        classNames: ["road", "person", "car", "train"], things: [1, 2, 3], objectCounts: [0, 9, 20, 0])

    private func rareClasses(_ yaml: String) throws -> Set<UInt8> {
        struct Section: ConfigurationSection {
            var mixing = MixingConfiguration.classMix
            mutating func visit(_ fields: inout ConfigurationFields) throws(ConfigurationError) {
                try fields.variant("mixing", &mixing)
            }
        }
        let section = try ConfigurationFields.read(
            Section.self, from: .parse(yaml: "mixing: {kind: bidirectional, \(yaml)}", fileName: "a.yaml"))
        let strategy = try section.mixing.config.makeStrategy(Self.facts, keyPath: "method.mixing")
        return (strategy as? BidirectionalMix)?.rareClasses ?? []
    }

    @Test func settingsNameClassesOrGroupsOrNone() throws {
        #expect(try rareClasses("directions: both") == [1])
        #expect(try rareClasses("pool: {groups: [{classes: [person]}, {classes: [car, train]}]}") == [1, 2])
        #expect(try rareClasses("pool: {classes: [car]}") == [2])
        #expect(try rareClasses("pool: null").isEmpty)
    }

    @Test(arguments: [
        ("pool: {classes: [train]}", "method.mixing.pool.classes: the source has no object of the class 'train'"),
        ("pool: {classes: [road]}", "method.mixing.pool.classes: 'road' is none of the countable classes"),
        ("pool: {classes: [trian]}", "method.mixing.pool.classes: there is no class 'trian'; did you mean 'train'?"),
        ("pool: {groups: [{classes: [car]}, {classes: [train]}]}",
            "method.mixing.pool.groups[1].classes: the source has no object of any of the classes train"),
    ])
    func classesThatNeverOccurAreNamed(yaml: String, message: String) {
        #expect {
            try rareClasses(yaml)
        } throws: {
            "\($0)".contains(message)
        }
    }
}
