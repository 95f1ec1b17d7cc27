import Annotations
import Collectives
import DataLoading
import DataParallel
import ImageIO
import Mixing
import Randomness
import Testing
import Training
import _TestSupport

/// Pastes teacher's objects into the source image (LIDAPS, "instance mixing").
private struct TargetObjects: MixingStrategy {
    let needsObjects = true

    func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        let objects = pair.target.annotation.objects ?? []
        let mask = objects.union(height: pair.source.image.height, width: pair.source.image.width)
        return Mixture(pair.source, pastes: [Paste(pair.target, mask: mask, objects: objects)])
    }
}

/// Remembers the last three source objects of each slot, and pastes those of before at their place: UDA4Inst's pool in
/// small.
private final class RecentObjects: RememberingStrategy {
    private struct Entry {
        let object: AnnotatedObject
        let image: RGBImage
    }

    let needsObjects = true
    private var entries: [Int: [Entry]] = [:]

    func mixture(of pair: MixingPair, using random: inout RandomStream) -> Mixture {
        let own = entries[pair.slot] ?? []
        let drawn = own.isEmpty ? [] : random.choose((own.count + 1) / 2, from: own)
        let pastes = drawn.map { entry in
            let (height, width) = (entry.image.height, entry.image.width)
            let classes = LabelMap(height: height, width: width, channels: 1, filledWith: entry.object.trainID)
            return Paste(
                AnnotatedImage(image: entry.image, annotation: Annotation(classes: classes, objects: [entry.object])),
                mask: [entry.object].union(height: height, width: width))
        }
        for object in pair.source.annotation.objects ?? [] {
            entries[pair.slot, default: []].append(Entry(object: object, image: pair.source.image))
        }
        entries[pair.slot] = entries[pair.slot].map { $0.suffix(3) }
        return Mixture(pair.target, pastes: pastes)
    }

    private let size = HandMadeSamples.height * HandMadeSamples.width

    func memory(ofSlot slot: Int) -> [UInt8] {
        let own = entries[slot] ?? []
        return own.isEmpty ? [] : own.flatMap(\.image.pixels) + ObjectCoding.encode(own.map(\.object))
    }

    func restore(_ memory: [UInt8], ofSlot slot: Int) throws(MixingMemoryError) {
        // Images first, three bytes a pixel; the objects behind them are far smaller than an image.
        let count = memory.count / (3 * size)
        let (height, width) = (HandMadeSamples.height, HandMadeSamples.width)
        let objects: [AnnotatedObject]
        do {
            objects = memory.isEmpty
                ? [] : try ObjectCoding.decode(Array(memory[(3 * size * count)...]), height: height, width: width)
        } catch { throw MixingMemoryError(slot: slot, "\(error)") }
        guard objects.count == count else {
            throw MixingMemoryError(slot: slot, "\(objects.count) of \(count) objects")
        }
        entries[slot] = objects.enumerated().map { index, object in
            let pixels = Array(memory[3 * size * index..<3 * size * (index + 1)])
            return Entry(
                object: object, image: RGBImage(height: height, width: width, channels: 3, pixels: pixels))
        }
    }
}

/// Of four, those of a student.
private func slots(of group: any ProcessGroup) -> Range<Int> {
    group.rank * 4 / group.size..<(group.rank + 1) * 4 / group.size
}

@Suite struct MixedObjectsTests {
    private let builder = BatchBuilder(seed: 5)

    private func batch(
        _ slots: [Int], step: Int, _ mixing: any MixingStrategy, sourceObjects: Bool = true, targetObjects: Bool = true
    ) -> TrainingBatch {
        builder.mixedBatch(
            source: HandMadeSamples.samples(.source, slots, step: step, hasObjects: sourceObjects),
            target: HandMadeSamples.samples(.target, slots, step: step),
            pseudoLabels: HandMadeSamples.pseudoLabels(slots, hasObjects: targetObjects), confidentShare: 0.5,
            mixing: mixing, classes: [0, 1, 2, 3], augmentation: nil)
    }

    @Test func objectsOfBothImagesSurviveWithWhatIsSeenOfThem() throws {
        let batch = batch([0], step: 0, TargetObjects())
        let objects = try #require(batch.objects?.first)
        // The source's object, rows 2 to 4 and columns 0 to 3; the teacher's, rows 1 to 3 and columns 3 to 6, lies over
        // its last column.
        #expect(objects.map(\.trainID) == [13, 11])
        #expect(objects[0].box == PixelBox(top: 2, left: 0, height: 3, width: 4))
        #expect(objects[0].mask.area == 10)
        #expect(objects[1].mask == HandMadeSamples.block(row: 1, column: 3))
        #expect(objects[1].score == 0.9)
        for pixel in 0..<128 {
            let isPasted = (1...3).contains(pixel / 16) && (3...6).contains(pixel % 16)
            #expect(batch.labels[pixel] == (isPasted ? 10 : Int32(pixel % 16 / 4)))
            #expect(batch.weights?[pixel] == (isPasted ? 0.5 : 1))
        }
    }

    /// ClassMix cuts objects as it cuts classes; those that are pasted over are gone.
    @Test func classMixCarriesTheObjectsOfItsClasses() throws {
        for step in 0..<8 {
            let batch = batch([1], step: step, ClassMix())
            let objects = try #require(batch.objects?.first)
            let isPasted = batch.labels.map { $0 < 10 }
            let source = HandMadeSamples.block(row: 2, column: (1 + 2 * step) % 12)
            let target = HandMadeSamples.block(row: 1, column: 3)
            let mask = LabelMap(height: 8, width: 16, channels: 1, pixels: isPasted.map { $0 ? 1 : 0 })
            let expected = [
                AnnotatedObject(trainID: 11, mask: target.restricted(by: mask, keepsMarked: false), score: 0.9),
                AnnotatedObject(trainID: 13, mask: source.restricted(by: mask, keepsMarked: true)),
            ].filter { !$0.mask.isEmpty }
            #expect(objects == expected)
        }
    }

    @Test func objectsThatOneImageDoesNotTellAreNotKnownOfTheMixture() {
        #expect(batch([0, 1], step: 0, ClassMix(), targetObjects: false).objects == nil)
        #expect(batch([0, 1], step: 0, ClassMix(), sourceObjects: false).objects == nil)
        #expect(batch([0, 1], step: 0, ClassMix(), sourceObjects: false, targetObjects: false).objects == nil)
        let source = builder.sourceBatch(HandMadeSamples.samples(.source, [0, 1], hasObjects: true))
        #expect(source.objects?.map(\.count) == [1, 1])
        #expect(builder.sourceBatch(HandMadeSamples.samples(.source, [0])).objects == nil)
    }

    /// One strategy a student, each with its own slots.
    private func batches(students: Int, steps: Range<Int>, _ strategies: [RecentObjects]) -> [TrainingBatch] {
        steps.map { step in
            let parts = (0..<students).map { student in
                let slots = Array(student * 4 / students..<(student + 1) * 4 / students)
                return batch(slots, step: step, strategies[student])
            }
            return TrainingBatch(
                count: 4, height: 8, width: 16, pixels: parts.flatMap(\.pixels), labels: parts.flatMap(\.labels),
                weights: parts.flatMap { $0.weights ?? [] }, objects: parts.flatMap { $0.objects ?? [] })
        }
    }

    @Test(arguments: [2, 4]) func whatIsRememberedIsAlikeOnAnyNumberOfStudents(students: Int) throws {
        let one = batches(students: 1, steps: 0..<6, [RecentObjects()])
        let many = batches(students: students, steps: 0..<6, (0..<students).map { _ in RecentObjects() })
        #expect(one == many)
        // It does remember: from the second step on there are objects of before.
        #expect(one[0].labels.allSatisfy { $0 >= 10 })
        #expect(one[1].objects?.allSatisfy { $0.contains { $0.trainID == 13 } } == true)
    }

    /// Saved in a checkpoint by one number of students, and gone on with by another.
    @Test(arguments: [1, 2, 4], [1, 2, 4]) func aRunGoesOnWithWhatEachSlotRemembers(before: Int, after: Int) throws {
        let whole = batches(students: 1, steps: 0..<8, [RecentObjects()])
        let folder = TemporaryFolder()
        _ = try ThreadedGroup.run(size: before) { group in
            let strategy = RecentObjects()
            for step in 0..<4 { _ = batch(Array(slots(of: group)), step: step, strategy) }
            let memory = try #require(MixingMemory(of: strategy, slots: slots(of: group)))
            try CheckpointParts([memory], place: .init(index: group.rank, count: before)).save(
                to: CheckpointFolder(folder.path), step: 4, facts: [:], group: group)
        }
        let parts = try ThreadedGroup.run(size: after) { group -> [TrainingBatch] in
            let strategy = RecentObjects()
            let memory = try #require(MixingMemory(of: strategy, slots: slots(of: group)))
            let checkpoint = try #require(try CheckpointFolder(folder.path).newestWhole(group: group).0)
            try CheckpointParts([memory], place: .init(index: group.rank, count: after)).load(
                checkpoint, students: before, facts: [], group: group)
            return (4..<8).map { batch(Array(slots(of: group)), step: $0, strategy) }
        }
        for (index, expected) in whole[4...].enumerated() {
            #expect(parts.flatMap { $0[index].pixels } == expected.pixels)
            #expect(parts.flatMap { $0[index].objects ?? [] } == expected.objects)
        }
        #expect(MixingMemory(of: ClassMix(), slots: 0..<4) == nil)
    }

    @Test func aMemoryOfSomethingElseIsRefusedByItsSlot() throws {
        #expect {
            try RecentObjects().restore([200], ofSlot: 3)
        } throws: { "\($0)".contains("what mixing remembers of slot 3 cannot be used") }
    }
}
