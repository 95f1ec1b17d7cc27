import Annotations
import DataLoading
import ImageIO
import Mixing
import Testing
import Training

@Suite struct BatchBuilderTests {
    private let builder = BatchBuilder(seed: 5)

    private func samples(_ domain: SampleDomain, _ slots: [Int], step: Int = 3) -> [Sample] {
        HandMadeSamples.samples(domain, slots, step: step)
    }

    private func pseudoLabels(_ count: Int) -> [Annotation] { HandMadeSamples.pseudoLabels(Array(0..<count)) }

    @Test func sourceBatchesHoldNormalisedColoursAndLabels() throws {
        let samples = samples(.source, [0, 2])
        let batch = builder.sourceBatch(samples)
        #expect((batch.count, batch.height, batch.width) == (2, 8, 16))
        #expect(batch.pixels == Normalization.imageNet.batch(samples.map(\.image)))
        let labels: [UInt8] = samples.flatMap { $0.labels?.pixels ?? [] }
        #expect(batch.labels == labels.map { Int32($0) })
        #expect(batch.weights == nil)
    }

    @Test func mixingTakesHalfOfTheClassesFromTheSource() throws {
        let source = samples(.source, [0, 1])
        let target = HandMadeSamples.samples(.target, [0, 1], margins: (top: 2, bottom: 1))
        let batch = builder.mixedBatch(
            source: source, target: target, pseudoLabels: pseudoLabels(2), confidentShare: 0.25,
            classes: ClassPresence(of: source).classes, augmentation: nil)
        let weights = try #require(batch.weights)
        for (image, start) in [(0, 0), (1, 8 * 16)] {
            let labels = try #require(source[image].labels)
            let pasted = Set((0..<128).filter { batch.labels[start + $0] < 10 }.map { labels.pixels[$0] })
            #expect(!pasted.isEmpty && pasted.count <= 2)
            for pixel in 0..<128 {
                let isPasted = pasted.contains(labels.pixels[pixel])
                let isMargin = pixel / 16 < 2 || pixel / 16 == 7
                #expect(batch.labels[start + pixel] == (isPasted ? Int32(labels.pixels[pixel]) : Int32(10 + image)))
                #expect(weights[start + pixel] == (isPasted ? 1 : isMargin ? 0 : 0.25))
                let origin = isPasted ? source[image].image : target[image].image
                let blue = (Float(origin.pixels[3 * pixel + 2]) - 103.53) / 57.375
                #expect(batch.pixels[3 * (start + pixel) + 2] == blue)
            }
        }
    }

    @Test func withoutMixingTheTargetIsTrainedOnAlone() throws {
        let target = samples(.target, [0])
        let batch = builder.mixedBatch(
            source: samples(.source, [0]), target: target, pseudoLabels: pseudoLabels(1), confidentShare: 0.5,
            mixing: NoMixing(), classes: [], augmentation: nil)
        #expect(batch.pixels == builder.pixels(of: target))
        #expect(batch.labels == [Int32](repeating: 10, count: 128))
        #expect(batch.weights == [Float](repeating: 0.5, count: 128))
    }

    @Test func aSlotIsMixedAlikeOnOneRankAndOnMany() throws {
        func batch(_ slots: [Int], step: Int) -> TrainingBatch {
            builder.mixedBatch(
                source: samples(.source, slots, step: step),
                target: samples(.target, slots, step: step),
                pseudoLabels: HandMadeSamples.pseudoLabels(slots), confidentShare: 0.5, classes: [0, 1, 2, 3])
        }
        for step in 0..<6 {
            let whole = batch([0, 1, 2, 3], step: step)
            let parts = [batch([0, 1], step: step), batch([2], step: step), batch([3], step: step)]
            #expect(parts.flatMap(\.pixels) == whole.pixels)
            #expect(parts.flatMap(\.labels) == whole.labels)
            #expect(parts.flatMap { $0.weights ?? [] } == whole.weights)
        }
    }

    @Test func strongAugmentationChangesMostStepsAndLeavesSomeAlone() throws {
        let changed = (0..<40).filter { step in
            let samples = samples(.source, [0], step: step)
            let plain = builder.sourceBatch(samples).pixels
            return builder.sourceBatch(samples, augmentation: .init()).pixels != plain
        }
        // Jitter in 80 % of the steps or blur in 50 %: 90 %.
        #expect(changed.count > 28 && changed.count < 40)
    }

    @Test func candidatesAreTheValuesOfAllMapsWithTheIgnoredOne() {
        let maps = [[9, 255, 0, 9], [1, 7, 8, 9]].map { LabelMap(height: 2, width: 2, channels: 1, pixels: $0) }
        let presence = ClassPresence(of: maps)
        #expect(presence.classes == [0, 1, 7, 8, 9, 255])
        #expect(presence.sampleCounts[9] == 2 && presence.sampleCounts[255] == 1 && presence.sampleCounts[2] == 0)
        #expect(ClassPresence(of: [LabelMap]()).classes == [])
    }

    @Test func classesOfTheGlobalBatchAreASum() throws {
        let all = ClassPresence(of: samples(.source, [0, 1, 2, 3]))
        var first = ClassPresence(of: samples(.source, [0, 1]))
        let second = ClassPresence(of: samples(.source, [2, 3]))
        for index in 0..<256 { first.sampleCounts[index] += second.sampleCounts[index] }
        #expect(first == all)
        let values = samples(.source, [0, 1, 2, 3]).compactMap(\.labels).flatMap(\.pixels)
        #expect(all.classes == Set(values).sorted())
    }
}
